export { IdempotencyModule } from './idempotency.module.js';
export { IdempotencyKey } from './idempotency-key.entity.js';
export { IdempotentRequests, type RepeatableAnswer, type RepeatableRequest } from './idempotent-requests.js';
