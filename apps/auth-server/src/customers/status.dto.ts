import { ApiProperty } from '@nestjs/swagger';

/** Says that it is done. */
export class StatusAnswer {
  @ApiProperty({ enum: ['success'], example: 'success' })
  status: 'success';
}

/** The answer of operations that have nothing else to tell. */
export const success: StatusAnswer = { status: 'success' };
