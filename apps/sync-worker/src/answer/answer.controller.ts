import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ApiPage, FromCaller, Scopes, type Caller, type Page } from '@app/shared';
import { AnswersQuery, UnreadableAnswerBodyDto, UnreadableAnswerDto } from './answer.dto';
import { AnswerService } from './answer.service';

/** Answers of platforms that could not be read. */
@ApiTags('operation')
@ApiBearerAuth()
@Controller('v1/unreadable-answers')
export class AnswerController {
  constructor(private readonly answers: AnswerService) {}

  @ApiOperation({
    summary: 'List answers of platforms that could not be read',
    description: 'Newest first, of the last seven days. Errors: VALIDATION, CURSOR.INVALID (400). Scope: sync:read.',
  })
  @ApiPage(UnreadableAnswerDto)
  @Scopes('sync:read')
  @Get()
  list(@FromCaller() caller: Caller, @Query() query: AnswersQuery): Promise<Page<UnreadableAnswerDto>> {
    return this.answers.list(caller, query);
  }

  @ApiOperation({
    summary: 'Read such an answer as it came',
    description:
      'The bytes in base64; they may hold receiver data, so the reading is logged. Errors: ANSWER.NOT_FOUND (404). Scope: sync:read, and pii:read.',
  })
  @ApiOkResponse({ type: UnreadableAnswerBodyDto })
  @Scopes('sync:read', 'pii:read')
  @Get(':id')
  body(@FromCaller() caller: Caller, @Param('id') id: string): Promise<UnreadableAnswerBodyDto> {
    return this.answers.body(caller, id);
  }
}
