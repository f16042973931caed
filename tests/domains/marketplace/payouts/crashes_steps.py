"""Steps and values that tests of payouts share."""

from contextlib import asynccontextmanager


class Crash(Exception):
    """The process is gone."""


class Mortal:
    """A database and a company that are there for some effects, and then not any more.

    An effect is a transaction that is committed, or something that the company did.
    """

    def __init__(self, shop, effects):
        self.database, self.payouts, self.effects = shop.database, shop.payouts, effects
        self.name = self.payouts.name

    def live(self):
        """Go on, or die before the next effect."""
        if self.effects == 0:
            raise Crash
        self.effects -= 1

    @asynccontextmanager
    async def transaction(self, *, recorded=True):
        async with self.database.transaction(recorded=recorded) as tx:
            yield tx
            self.live()

    async def transfer(self, wish):
        return await self.do(self.payouts.transfer, wish)

    async def reverse(self, wish):
        return await self.do(self.payouts.reverse, wish)

    async def find_transfer(self, group, transfer_id):
        self.live()
        return await self.payouts.find_transfer(group, transfer_id)

    async def find_account(self, account_ref):
        self.live()
        return await self.payouts.find_account(account_ref)

    def read(self):
        return self.database.read()

    async def do(self, what, wish):
        self.live()
        done = await what(wish)
        if self.effects == 0:
            # It is done, and whoever had it done is gone before the answer.
            raise Crash
        return done


async def die_after(shop, effects, order_id):
    """Settle an order's transfers, and die after so many effects; tell whether it came to that."""
    alive = shop.job_database, shop.payouts
    shop.job_database = shop.payouts = Mortal(shop, effects)
    try:
        await shop.pay(order_id)
    except Crash:
        return True
    finally:
        shop.job_database, shop.payouts = alive
    return False
