import Addresses
import IdleTimeouts
import Planning

extension LabScenario {
  /// Ports that the lab's usual rules exclude, and the address.
  public static let excludedPorts: [UInt16] = [6380, 11212]
  public static var excludedRange: String { "\(excludedAddress)/32" }

  private static let excludedRoute = 10
  private static var excludedAddress: IPAddress { LabNetwork.serverAddress(excludedRoute) }
  private static let day = Span.seconds(86_400)

  /// Every address has the same sidecar but those named.
  private static func routes(_ usual: Sidecar, _ others: [Int: Route] = [:]) -> [Route] {
    (0..<LabNetwork.serverAddresses).map { others[$0] ?? Route(usual) }
  }

  /// In the order in which `lab all` shows them.
  public static let all = [
    idleTimeout, middlebox, keepaliveByServer, serverClose, defaultHour, drain, sniffing,
  ]

  public static func named(_ name: String) -> LabScenario? { all.first { $0.name == name } }

  // MARK: - Envoy's own timer

  static let idleTimeout: LabScenario = {
    let redis = LabServer(.redis, keepalive: .off)
    let bypassed = LabServer(.redis, port: excludedPorts[0], keepalive: .off)
    let memcached = LabServer(.memcached)
    let mysql = LabServer(.mysql)
    let probing = Keepalive.on(time: .seconds(1), interval: .seconds(1), probes: 3)
    let three = Sidecar.IdleTimeout.after(.seconds(3))
    let idle = Span.seconds(5)
    return LabScenario(
      "idle-timeout",
      shows:
        "Envoy closes what idles longer than idle_timeout; keepalive, on either of the two sockets, does not count.",
      scale: "idle_timeout 10 s is 3 s here", servers: [redis, bypassed, memcached, mysql],
      routes: routes(
        Sidecar(idleTimeout: three),
        [
          0: Route(Sidecar(idleTimeout: three), title: "idle_timeout 10s"),
          1: Route(Sidecar(idleTimeout: three, upstreamKeepalive: probing)),
          2: Route(Sidecar(idleTimeout: .after(day)), title: "idle_timeout 86400s"),
          excludedRoute: Route(Sidecar(idleTimeout: three), title: "address excluded"),
        ]),
      connections: [
        Connection("redis", redis, route: 0, idle: idle),
        Connection("memcached", memcached, route: 0, idle: idle),
        Connection("mysql", mysql, route: 0, idle: idle),
        Connection("redis, both keepalives 1 s", redis, route: 1, keepalive: probing, idle: idle),
        Connection("redis, idle_timeout 86400s", redis, route: 2, idle: idle),
        Connection(
          "redis on port \(bypassed.port)", bypassed, route: 0, keepalive: probing, idle: idle),
        Connection("mysql at \(excludedAddress)", mysql, route: excludedRoute, idle: idle),
      ])
  }()

  static let defaultHour: LabScenario = {
    let redis = LabServer(.redis, keepalive: .off)
    let idle = Span.seconds(4)
    return LabScenario(
      "default-hour",
      shows: "Without idle_timeout Envoy's hour holds though no dump shows it; 0s is off.",
      scale:
        "none. The hour itself is not waited for, as it would take one; with Envoy's clock run 360 times as fast it closed after 3604.7 s of that clock. What is shown is that nothing closes it earlier and that the dump of Envoy's configuration has nothing to show.",
      servers: [redis],
      routes: routes(
        Sidecar(),
        [1: Route(Sidecar(idleTimeout: .off)), 2: Route(Sidecar(idleTimeout: .after(day)))]),
      connections: [
        Connection("idle_timeout unset", redis, route: 0, idle: idle),
        Connection("idle_timeout 0s", redis, route: 1, idle: idle),
        Connection("idle_timeout 86400s", redis, route: 2, idle: idle),
      ])
  }()

  // MARK: - A device that forgets

  /// 1:70: a load balancer's 350 s are 5 s, the kernel's 7200 s are 103 s, redis's 300 s are 4 s;
  /// 60 s and 15 s are the second that is the least a socket takes.
  private static let device = Span.seconds(5)
  private static let kernelKeepalive = Span.seconds(103)
  private static let scale =
    "1:70: device 350 s is 5 s, keepalive 7200 s is 103 s, 300 s is 4 s, 60 s and 15 s are 1 s"

  static let middlebox: LabScenario = {
    let redis = LabServer(.redis, keepalive: .off)
    let bypassed = LabServer(.redis, port: excludedPorts[0], keepalive: .off)
    let memcached = LabServer(.memcached)
    let mysql = LabServer(.mysql)
    let app = Keepalive.on(time: .seconds(1), interval: .seconds(1), probes: 9)
    let off = Sidecar(idleTimeout: .after(day))
    let cure = Sidecar(
      idleTimeout: .after(day),
      upstreamKeepalive: .on(time: .seconds(1), interval: .seconds(1), probes: 3))
    let useless = Sidecar(
      idleTimeout: .after(day),
      upstreamKeepalive: .on(time: kernelKeepalive, interval: .seconds(1), probes: 9))
    let idle = Span.seconds(7)
    let connections = [(0, "drop"), (4, "reset")].flatMap { first, word in
      [
        Connection("\(word): mysql", mysql, route: first, keepalive: app, idle: idle),
        Connection("\(word): memcached", memcached, route: first, keepalive: app, idle: idle),
        Connection("\(word): redis", redis, route: first, keepalive: app, idle: idle),
        Connection("\(word): redis Envoy 60/10/3", redis, route: first + 1, idle: idle),
        Connection("\(word): redis Envoy 7200/75/9", redis, route: first + 2, idle: idle),
        Connection(
          "\(word): redis on port \(bypassed.port)", bypassed, route: first, keepalive: app,
          idle: idle),
        Connection("\(word): 6380, keepalive off", bypassed, route: first + 1, idle: idle),
      ]
    }
    return LabScenario(
      "middlebox",
      shows:
        "A device forgets before Envoy closes: the app's keepalive ends at Envoy, whose own socket has none.",
      scale: scale, servers: [redis, bypassed, memcached, mysql],
      routes: routes(
        off,
        [
          0: Route(off, title: "device drops"),
          1: Route(cure, title: "drops, Envoy 60/10/3"),
          2: Route(useless, title: "drops, Envoy 7200/75/9"),
          4: Route(off, .reset, title: "device resets"),
          5: Route(cure, .reset, title: "resets, Envoy 60/10/3"),
          6: Route(useless, .reset, title: "resets, Envoy 7200/75/9"),
          excludedRoute: Route(off, title: "drops, excluded"),
        ]),
      device: device, serverKernelKeepalive: kernelKeepalive, connections: connections)
  }()

  static let keepaliveByServer: LabScenario = {
    let redis = LabServer(
      .redis, keepalive: .on(time: .seconds(4), interval: .seconds(1), probes: 3))
    let silent = LabServer(.redis, port: 6381, keepalive: .off)
    let memcached = LabServer(.memcached)
    let mysql = LabServer(.mysql)
    let idle = Span.seconds(7)
    return LabScenario(
      "keepalive-by-server",
      shows: "Why redis recovered and mysql and memcached did not: the server's own keepalive.",
      scale: scale, servers: [redis, silent, memcached, mysql],
      routes: routes(Sidecar(idleTimeout: .after(day))), device: device,
      serverKernelKeepalive: kernelKeepalive,
      connections: [
        Connection("redis, tcp-keepalive 300", redis, route: 0, idle: idle),
        Connection("redis, tcp-keepalive 0", silent, route: 0, idle: idle),
        Connection("memcached, kernel's 7200", memcached, route: 0, idle: idle),
        Connection("mysql, kernel's 7200", mysql, route: 0, idle: idle),
      ])
  }()

  // MARK: - The server's own timer

  static let serverClose: LabScenario = {
    let two = Span.seconds(2)
    let servers = LabServer.Kind.allCases.map {
      LabServer($0, idleTimeout: two, keepalive: $0 == .redis ? .off : .kernel)
    }
    let idle = Span.seconds(7)
    return LabScenario(
      "server-close",
      shows: "A server's idle close reaches the app through Envoy as it does past it.",
      scale: "wait_timeout 28800 s is 2 s here", servers: servers,
      routes: routes(
        Sidecar(idleTimeout: .after(day)),
        [
          0: Route(Sidecar(idleTimeout: .after(day)), title: "server closes"),
          excludedRoute: Route(
            Sidecar(idleTimeout: .after(day)), title: "server closes, excluded"),
        ]),
      connections: servers.flatMap { server in
        [
          Connection("\(server.kind.rawValue)", server, route: 0, idle: idle),
          Connection(
            "\(server.kind.rawValue) at \(excludedAddress)", server, route: excludedRoute,
            idle: idle),
        ]
      })
  }()

  // MARK: - Pushes and protocol detection

  static let drain: LabScenario = {
    let redis = LabServer(.redis, keepalive: .off)
    let bypassed = LabServer(.redis, port: excludedPorts[0], keepalive: .off)
    let idle = Span.seconds(6)
    return LabScenario(
      "drain",
      shows:
        "A push that changes a filter chain cuts its old connections when the drain time ends, busy or not.",
      scale: "drain 45 s is 3 s here; times count from the push", servers: [redis, bypassed],
      routes: routes(Sidecar(idleTimeout: .after(day))), push: .seconds(1), drain: .seconds(3),
      connections: [
        Connection("redis, idle", redis, route: 0, idle: idle),
        Connection("redis, busy", redis, route: 1, idle: idle, isBusy: true),
        Connection("redis on port \(bypassed.port)", bypassed, route: 0, idle: idle),
      ])
  }()

  static let sniffing: LabScenario = {
    let redis = LabServer(.redis, keepalive: .off)
    let mysql = LabServer(.mysql)
    return LabScenario(
      "sniffing",
      shows:
        "Protocol detection waits for the client's first byte; a client of a server that speaks first has none.",
      scale: "none; protocolDetectionTimeout 0s is Istio's default and means for ever",
      servers: [redis, mysql],
      routes: routes(Sidecar(detection: Sidecar.Detection.istio.value)),
      connections: [
        Connection("mysql", mysql, route: 0, idle: .seconds(1)),
        Connection("redis", redis, route: 0, idle: .seconds(1)),
        Connection("mysql at \(excludedAddress)", mysql, route: excludedRoute, idle: .seconds(1)),
      ])
  }()
}
