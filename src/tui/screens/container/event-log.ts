// What a container did to its layer, newest last: as much of it as anybody looks back for.
import type { LiveEvent } from '../../../snapshot/live-change.ts';
import { LIST_START, type ListPlace, pageBy, placeAt } from '../../list-place.ts';

const MAX_EVENTS = 5000;
/** So many go at once when there are too many: one by one, every event would move all others. */
const DROPPED_AT_ONCE = 1000;

export class EventLog {
  events: LiveEvent[] = [];
  /** All that there were. */
  total = 0;
  place: ListPlace = LIST_START;
  height = 3;
  /** The cursor stays on the newest until somebody moves it away. */
  private follows = true;

  add(events: readonly LiveEvent[]): void {
    if (events.length === 0) return;
    this.total += events.length;
    this.events = this.events.concat(events.slice(-MAX_EVENTS));
    const surplus = this.events.length - MAX_EVENTS;
    if (surplus > 0) {
      const dropped = Math.max(surplus, Math.min(DROPPED_AT_ONCE, this.events.length));
      this.events = this.events.slice(dropped);
      this.place = {
        cursor: Math.max(0, this.place.cursor - dropped),
        top: Math.max(0, this.place.top - dropped),
      };
    }
    if (this.follows) this.place = this.at(this.events.length - 1);
  }

  get newest(): LiveEvent | undefined {
    return this.events.at(-1);
  }

  get selected(): LiveEvent | undefined {
    return this.events[this.place.cursor];
  }

  moveTo(row: number): void {
    this.place = this.at(row);
    this.follows = this.place.cursor === this.events.length - 1;
  }

  moveBy(rows: number): void {
    this.moveTo(this.place.cursor + Math.max(-1e9, Math.min(1e9, rows)));
  }

  pageBy(rows: number): void {
    this.place = pageBy(this.place, rows, this.events.length, this.height);
    this.follows = this.place.cursor === this.events.length - 1;
  }

  resize(height: number): void {
    if (height === this.height) return;
    this.height = height;
    this.place = this.at(this.place.cursor);
  }

  /** While it follows, the newest is the last row on screen. */
  private at(row: number): ListPlace {
    const place = placeAt(this.place, row, this.events.length, this.height);
    if (row < this.events.length - 1) return place;
    return { ...place, top: Math.max(0, this.events.length - this.height) };
  }
}
