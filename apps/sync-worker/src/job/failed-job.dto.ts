import { ApiProperty } from '@nestjs/swagger';

/** A job that was given up, as callers see it. */
export class FailedJobDto {
  @ApiProperty({
    example: 'job_01hx3r8z0g5w0p6q7r8s9t0v1w',
    description: 'Of facts: the queue and the job, `facts-orders~…`',
  })
  id!: string;
  @ApiProperty({ example: 'news-taobao' }) queue!: string;
  @ApiProperty({ example: 'order' }) name!: string;
  @ApiProperty({ type: Object, description: 'References alone, never a payload with receiver data' }) payload!: Record<
    string,
    unknown
  >;
  @ApiProperty({ type: String, nullable: true }) shopId!: string | null;
  @ApiProperty() cause!: string;
  @ApiProperty() tries!: number;
  @ApiProperty({ description: 'Real time' }) failedAt!: string;
  @ApiProperty({ type: String, nullable: true, description: 'Given up, so there is none until it is replayed' })
  nextTryAt!: string | null;
}
