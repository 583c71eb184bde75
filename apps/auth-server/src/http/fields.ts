export {
  FreeObject,
  ListOf,
  MapOfLists,
  Nested,
} from './fields/collections.js';
export {
  Choice,
  Email,
  Flag,
  isMoment,
  Moment,
  Text,
  Uuid,
  WholeNumber,
} from './fields/values.js';
