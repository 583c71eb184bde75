import { BodyPipe } from '../http/parsing/body.pipe.js';

/** For bodies of which every field may be left out: so may the body. */
export class OptionalBodyPipe<T extends object> extends BodyPipe<T> {
  override transform(body: unknown): T | T[] {
    return super.transform(body === undefined ? {} : body);
  }
}
