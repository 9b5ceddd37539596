"""A DNS server on this machine, over UDP and TCP, for look-ups as they are in life."""

import errno
import socket
import socketserver
import struct
import threading
import time
from contextlib import contextmanager

import dns.flags
import dns.message
import dns.rcode
import dns.rrset

SILENT = "silent"
_LONGEST_DATAGRAM = 512


class Zone:
    """What the server answers: records by (name, type); a list is an answer, text a behaviour.

    `SILENT` keeps the asker waiting; a name of an RCODE (`SERVFAIL`) is answered with it; bytes
    are sent as they are. Unknown names do not exist. `asked` counts questions.
    """

    def __init__(self, records):
        """Begin with these records and no question asked."""
        self.records = records
        self.asked = []

    def response(self, wire, limit):
        """The bytes to send for a query, None for silence."""
        query = dns.message.from_wire(wire)
        question = query.question[0]
        name, kind = question.name.to_text().lower(), question.rdtype.name
        self.asked.append((name, kind))
        found = self.records.get((name, kind), "NXDOMAIN")
        if found == SILENT:
            return None
        if isinstance(found, bytes):
            return wire[:2] + found
        response = dns.message.make_response(query)
        if isinstance(found, str):
            response.set_rcode(dns.rcode.from_text(found))
        else:
            for owner, rtype, *texts in found:
                response.answer.append(dns.rrset.from_text_list(owner, 60, "IN", rtype, texts))
        answer = response.to_wire(max_size=65_535)
        if len(answer) <= limit:
            return answer
        short = dns.message.make_response(query)
        short.flags |= dns.flags.TC
        return short.to_wire()


def _both_on_one_port(udp_handler, tcp_handler):
    """A UDP and a TCP server on one port: a port free for the one may be taken for the other."""
    for _ in range(100):
        udp = socketserver.ThreadingUDPServer(("127.0.0.1", 0), udp_handler)
        try:
            return udp, socketserver.ThreadingTCPServer(udp.server_address, tcp_handler)
        except OSError as error:
            udp.server_close()
            if error.errno != errno.EADDRINUSE:
                raise
    raise RuntimeError("no port is free for UDP and TCP alike")


@contextmanager
def dns_server(records):
    """Yield the address with port of a running server, and its zone."""
    zone = Zone(records)

    class Udp(socketserver.BaseRequestHandler):
        def handle(self):
            wire, sock = self.request
            answer = zone.response(wire, _LONGEST_DATAGRAM)
            if answer is not None:
                sock.sendto(answer, self.client_address)

    class Tcp(socketserver.BaseRequestHandler):
        def handle(self):
            (length,) = struct.unpack("!H", self.request.recv(2, socket.MSG_WAITALL))
            answer = zone.response(self.request.recv(length, socket.MSG_WAITALL), 65_535)
            if answer is None:
                time.sleep(1)
            else:
                self.request.sendall(struct.pack("!H", len(answer)) + answer)

    servers = _both_on_one_port(Udp, Tcp)
    for server in servers:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield f"127.0.0.1:{servers[0].server_address[1]}", zone
    finally:
        for server in servers:
            server.shutdown()
            server.server_close()
