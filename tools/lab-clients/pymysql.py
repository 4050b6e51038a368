"""PyMySQL: asks once, idles, asks again, and says what it is told.

pymysql ADDRESS:PORT IDLE-SECONDS READ-TIMEOUT-SECONDS KEEPALIVE-SECONDS
"""
import sys

import pymysql

import course

host, port = course.server()
connection = pymysql.connect(host=host, port=port, user="lab", read_timeout=int(sys.argv[3]))


def ask():
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


course.run(ask)
