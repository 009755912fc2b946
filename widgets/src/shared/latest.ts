/** Latest wins: at most one message is under way, and only the newest value waits behind it. */
export class Latest<T> {
  #send: (seq: number, value: T) => void;
  #schedule: (run: () => void) => void;
  #seq = 0;
  #outstanding: number | undefined;
  #pending: { value: T } | undefined;
  #scheduled = false;

  constructor(send: (seq: number, value: T) => void, schedule: (run: () => void) => void) {
    this.#send = send;
    this.#schedule = schedule;
  }

  /** Whether nothing is under way and nothing waits. */
  get idle(): boolean {
    return this.#outstanding === undefined && this.#pending === undefined;
  }

  push(value: T): void {
    this.#pending = { value };
    this.#plan();
  }

  /** Call when the answer to message `seq` has come. Answers to older messages are ignored. */
  done(seq: number): void {
    if (seq !== this.#outstanding) return;
    this.#outstanding = undefined;
    this.#plan();
  }

  #plan(): void {
    if (this.#scheduled || this.#outstanding !== undefined || this.#pending === undefined) return;
    this.#scheduled = true;
    this.#schedule(() => this.#flush());
  }

  #flush(): void {
    this.#scheduled = false;
    if (this.#pending === undefined) return;
    const { value } = this.#pending;
    this.#pending = undefined;
    this.#outstanding = ++this.#seq;
    this.#send(this.#seq, value);
  }
}
