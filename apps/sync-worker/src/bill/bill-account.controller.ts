import { Body, Controller, Param, Put } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { FromCaller, Scopes, type Caller } from '@app/shared';
import { BillAccountDto, SetBillAccountDto } from './bill-account.dto';
import { BillAccountService } from './bill-account.service';

/** Accounts from which bills are fetched. */
@ApiTags('shops')
@ApiBearerAuth()
@Controller('v1/shops/:id/bill-account')
export class BillAccountController {
  constructor(private readonly accounts: BillAccountService) {}

  @ApiOperation({
    summary: 'Set the account from which bills are fetched',
    description:
      'Keys are stored encrypted and never shown. From then on the bill of each day is fetched the next morning at 09:00 (business time) and handed to settlement, beginning with the go-live day, at most 60 days back. Errors: VALIDATION (400, also for a key that cannot be read), SHOP.NOT_FOUND (404), SHOP.VERSION_CONFLICT, BILL_ACCOUNT.NOT_OFFERED (409). Scope: sync:write.',
  })
  @ApiOkResponse({ type: BillAccountDto })
  @Scopes('sync:write')
  @Put()
  set(@FromCaller() caller: Caller, @Param('id') id: string, @Body() body: SetBillAccountDto): Promise<BillAccountDto> {
    return this.accounts.set(caller, id, body);
  }
}
