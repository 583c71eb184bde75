import { Global, Module } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { ErrorShapes } from './problems/error-shapes.js';
import { ProblemFilter } from './problems/problem.filter.js';
import { ProblemAnswers } from './problems/problem-answers.js';

/** The edge of the server: how errors are answered. A surface's module registers its own shape in `ErrorShapes`. */
@Global()
@Module({
  providers: [
    ErrorShapes,
    ProblemAnswers,
    ProblemFilter,
    { provide: APP_FILTER, useExisting: ProblemFilter },
  ],
  exports: [ErrorShapes, ProblemAnswers, ProblemFilter],
})
export class HttpModule {}
