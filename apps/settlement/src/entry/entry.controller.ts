import { Controller, Get, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { FromCaller, Scopes, type Caller } from '@app/shared';
import { PostingsAnswer, PostingsQuery } from './entry.dto';
import { EntryService } from './entry.service';

/** Double entries of bill rows. */
@ApiTags('postings')
@ApiBearerAuth()
@Controller('v1/postings')
export class EntryController {
  constructor(private readonly entries: EntryService) {}

  @ApiOperation({
    summary: 'List the postings of a shop',
    description:
      'Oldest first, with their entries, the closed month that a late row belongs to, and the payment that a refund takes back. Errors: VALIDATION and CURSOR.INVALID (400), SHOP.NOT_FOUND (404). Scope: settlement:read.',
  })
  @ApiOkResponse({ type: PostingsAnswer })
  @Scopes('settlement:read')
  @Get()
  list(@FromCaller() caller: Caller, @Query() query: PostingsQuery): Promise<PostingsAnswer> {
    return this.entries.list(caller, query);
  }
}
