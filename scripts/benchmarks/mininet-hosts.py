#!/usr/bin/python3
"""COUNT hosts of Mininet on one Linux bridge, and their end; prints what `native/floor.c` prints."""
import json
import sys
import time

from mininet.net import Mininet
from mininet.nodelib import LinuxBridge
from mininet.topo import SingleSwitchTopo

start = time.monotonic()
net = Mininet(topo=SingleSwitchTopo(k=int(sys.argv[1])), switch=LinuxBridge, controller=None, ipBase="10.202.0.0/16")
net.start()
made = time.monotonic()
net.stop()
ended = time.monotonic()
print(json.dumps({"create": round((made - start) * 1e6), "remove": round((ended - made) * 1e6)}))
