/** Keys that move controls stay with them: the command mode of Jupyter's applications would take them otherwise. */
type Key = Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "altKey" | "shiftKey">;

/** Plain keys that a button or a slider acts on; with a modifier (Ctrl+S, Shift+Enter) they remain the application's. */
export function ours(event: Key): boolean {
  const plain = !event.ctrlKey && !event.metaKey && !event.altKey && !event.shiftKey;
  return plain && /^(Arrow(Left|Right|Up|Down)|Page(Up|Down)|Home|End|Enter| )$/.test(event.key);
}

/**
 * Mark the focused control before the application looks at the key. Shortcuts are matched from the target upwards until an
 * element with this attribute, on the document, while the event comes down (Notebook 7) or goes up (JupyterLab 4).
 */
export function keepKeys(root: HTMLElement): () => void {
  const mark = (event: KeyboardEvent): void => {
    if (event.target instanceof Element && root.contains(event.target)) {
      event.target.toggleAttribute("data-lm-suppress-shortcuts", ours(event));
    }
  };
  window.addEventListener("keydown", mark, true);
  return () => window.removeEventListener("keydown", mark, true);
}
