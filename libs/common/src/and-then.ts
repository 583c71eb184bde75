/**
 * Goes on with a value: at once when it is there, else when it has come. For paths on which almost everything is in
 * memory, and where waiting a turn for what is there already would cost more than the work.
 */
export function andThen<T, R>(value: T | Promise<T>, next: (value: T) => R | Promise<R>): R | Promise<R> {
  return value instanceof Promise ? value.then(next) : next(value);
}
