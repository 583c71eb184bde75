export {
  FreeObject,
  ListOf,
  type ListOptions,
  MapOfLists,
  type MapOptions,
  Nested,
} from './fields/collections.js';
export type { FieldOptions } from './fields/rule.js';
export {
  Choice,
  Email,
  Flag,
  Moment,
  Text,
  type TextOptions,
  Uuid,
  WholeNumber,
  type WholeNumberOptions,
} from './fields/values.js';
