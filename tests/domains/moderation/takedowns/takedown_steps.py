"""Looks at an address, and undoes a take-down."""


async def show(client, path, who=None):
    return await client.get(path, headers=who.headers if who else {})


async def undo(client, staff, takedown_id):
    return await client.delete(f"admin/takedowns/{takedown_id}", headers=staff.headers)
