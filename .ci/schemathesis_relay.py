"""Lets a program that only speaks TCP ask over a Unix socket: `schemathesis_relay.py SOCKET` prints a loopback port."""

import asyncio
import sys


async def pour(reader, writer):
    """Hands on what comes until one of the two goes away."""
    try:
        while piece := await reader.read(65536):
            writer.write(piece)
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()


async def main(path):
    """Pours every connection into one of its own to the socket."""

    async def connected(reader, writer):
        try:
            there, back = await asyncio.open_unix_connection(path)
        except OSError:
            writer.close()
            return
        await asyncio.gather(pour(reader, back), pour(there, writer))

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main(sys.argv[1]))
