/** What anywidget hands to a browser half; only what is used here. */
export interface Model {
  get(key: string): unknown;
  on(event: string, callback: () => void): void;
  off(event: string, callback: () => void): void;
  send(content: unknown): void;
}

export interface RenderProps {
  model: Model;
  el: HTMLElement;
}
