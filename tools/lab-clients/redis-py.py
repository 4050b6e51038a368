"""redis-py: asks once, idles, asks again, and says what it is told.

redis-py ADDRESS:PORT IDLE-SECONDS READ-TIMEOUT-SECONDS KEEPALIVE-SECONDS
"""
import sys

import redis

import course

host, port = course.server()
course.run(redis.Redis(host=host, port=port, socket_timeout=int(sys.argv[3])).ping)
