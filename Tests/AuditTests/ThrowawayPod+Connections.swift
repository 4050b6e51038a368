/// Real connections: an application's, a relay's in Envoy's place, a server's at the other end.
extension ThrowawayPod {
  /// `relay`: accepts what REDIRECT sends to 15001 and goes where it was meant to. `client N`: opens N
  /// connections with keepalive and sends the same on each.
  static let relay = """
    import os, socket, struct, sys, threading, time
    def pump(a, b):
        while True:
            data = a.recv(4096)
            if not data: return
            b.sendall(data)
    def listener(address, port):
        s = socket.socket(); s.setsockopt(1, 2, 1); s.bind((address, port)); s.listen(64); return s
    def serve(s):
        while True:
            c, _ = s.accept()
            threading.Thread(target=pump, args=(c, c), daemon=True).start()
    def relay(s):
        while True:
            c, _ = s.accept()
            raw = c.getsockopt(0, 80, 16)
            u = socket.socket(); u.connect((socket.inet_ntoa(raw[4:8]), struct.unpack(">H", raw[2:4])[0]))
            threading.Thread(target=pump, args=(c, u), daemon=True).start()
            threading.Thread(target=pump, args=(u, c), daemon=True).start()
    role = sys.argv[1]
    # An interpreter in root's own directory starts as nobody else.
    user = {"client": 1000, "server": 0, "relay": 1337}[role]
    os.setgroups([]); os.setgid(user); os.setuid(user)
    if role == "client":
        kept = []
        for i in range(int(sys.argv[3])):
            s = socket.socket(); s.connect((sys.argv[2], 3306))
            s.setsockopt(1, 9, 1); s.setsockopt(6, 4, 100); s.sendall(b"hello"); s.recv(5); kept.append(s)
        print("ready", flush=True); time.sleep(60)
    elif role == "server":
        s = listener("0.0.0.0", 3306); print("ready", flush=True); serve(s)
    else:
        sockets = [listener("0.0.0.0", p) for p in (15001, 15006)]
        for s in sockets: threading.Thread(target=relay, args=(s,), daemon=True).start()
        print("ready", flush=True); time.sleep(60)
    """

  /// A pod whose application has that many connections to one server, all through its proxy; the
  /// proxy's process number.
  static func connected(_ count: Int) throws -> (ThrowawayPod, Int32) {
    let pod = try ThrowawayPod()
    try pod.load("--exclude-ports 3307", by: "iptables-nft")
    try pod.write(relay, to: "relay.py")
    let python = "python3 \(pod.directory)/relay.py"
    _ = try pod.start("\(python) server", in: .server)
    let proxy = try pod.startProxy(
      annotations: #"traffic.sidecar.istio.io/excludeOutboundPorts="3307""#,
      running: "\(python) relay")
    try pod.awaitListeners()
    _ = try pod.start("\(python) client \(server) \(count)")
    return (pod, proxy)
  }
}
