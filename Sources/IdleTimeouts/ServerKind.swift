public import Planning

/// How a kind of server treats a silent connection unless configured otherwise.
public struct ServerKind: Hashable, Sendable {
  /// How the close arrives at the other end.
  public enum Close: String, Hashable, Sendable {
    case fin
    case reset
  }

  /// The name in Planning's catalogue of middleware.
  public var middleware: String
  /// `never` where the server keeps idle connections.
  public var idleTimeout: Known<Span>
  public var keepalive: Known<Keepalive>
  public var close: Close
  /// The server or client says something this often, which starts every idle timer anew.
  public var heartbeat: Known<Span>?
  /// How its keepalive is set; absent where it cannot be.
  public var keepaliveSetting: String?
  /// Whether it greets before the client has said anything.
  public var speaksFirst: Bool { Self.greeters.contains(middleware) }

  /// MySQL's handshake (measured; ShardingSphere-Proxy and TiDB speak its protocol), and NATS's INFO
  /// (documentation of its protocol).
  private static let greeters: Set = ["mysql", "shardingsphere", "tidb", "nats"]

  public static func of(_ middleware: String?) -> ServerKind? {
    guard let middleware else { return nil }
    return table.first { $0.middleware == middleware }
  }

  private static let kernelSysctl = "sysctl net.ipv4.tcp_keepalive_time=60 on the server"
  private static let goListener = Known<Keepalive>.documented(
    .on(time: .seconds(15), interval: .seconds(15), probes: 9), "Go net.ListenConfig KeepAlive")
  private static let kernel = Known<Keepalive>.memory(
    .kernel, "SO_KEEPALIVE with the system's times")
  private static let silent = Known<Keepalive>.memory(.off, "no SO_KEEPALIVE known")
  private static let keeps = Known<Span>.memory(.never, "no idle close known")

  public static let table: [ServerKind] = [
    .init(
      "mysql", .documented(.seconds(28_800), "wait_timeout; mariadbd --verbose --help"),
      .measured(.kernel, "ss on MariaDB's socket"), close: .reset,
      set: "sysctl net.ipv4.tcp_keepalive_time=60 on the server, or MariaDB tcp_keepalive_time=60"),
    .init(
      "mysqlx", .memory(.seconds(28_800), "mysqlx_wait_timeout"), kernel, set: kernelSysctl),
    .init(
      "shardingsphere",
      .documented(.never, "apache/shardingsphere#38045 adds 28800 s in 2026-02; none before"),
      .documented(.off, "ShardingSphereProxy.java sets TCP_NODELAY only"), set: nil),
    .init(
      "postgresql", .documented(.never, "idle_session_timeout 0"),
      .documented(.kernel, "tcp_keepalives_idle 0 is the system's"),
      set: "tcp_keepalives_idle=60 and tcp_keepalives_interval=10 in postgresql.conf"),
    .init(
      "redis", .measured(.never, "config get timeout: 0"), .measured(redis, redisSource),
      set: "tcp-keepalive 60 in redis.conf"),
    .init(
      "redis-sentinel", .memory(.never, "timeout 0"), .memory(redis, "the same server"),
      set: "tcp-keepalive 60 in sentinel.conf"),
    .init(
      "memcached", .measured(.never, "memcached -h: -o idle_timeout 0"),
      .measured(.kernel, "ss on memcached's socket"), set: kernelSysctl),
    .init(
      "mongodb", .documented(.never, "mongod has no idle close"),
      .documented(mongo, "mongo kMaxKeepIdleSecs; manual, faq/diagnostics"), set: kernelSysctl),
    .init(
      "mongodb-shard", .documented(.never, "mongod has no idle close"),
      .documented(mongo, "mongo kMaxKeepIdleSecs; manual, faq/diagnostics"), set: kernelSysctl),
    .init(
      "kafka", .documented(.seconds(600), "connections.max.idle.ms 600000"), kernel,
      set: kernelSysctl),
    .init(
      "rabbitmq", keeps, kernel,
      heartbeat: .documented(.seconds(30), "heartbeat 60 s, a frame every half of it"),
      set: kernelSysctl),
    .init(
      "zookeeper", keeps, kernel,
      heartbeat: .memory(.seconds(10), "the client pings at a third of its 30 s session"),
      set: kernelSysctl),
    .init(
      "elasticsearch", keeps,
      .memory(
        .on(time: .seconds(300), interval: nil, probes: nil), "http.tcp.keep_idle, at most 300 s"),
      set: "http.tcp.keep_idle: 60 in elasticsearch.yml"),
    .init("cassandra", keeps, kernel, set: kernelSysctl),
    .init("etcd", keeps, goListener, set: nil),
    .init(
      "nats", keeps, goListener, heartbeat: .memory(.seconds(120), "ping_interval 2m"), set: nil),
    .init(
      "mssql", keeps,
      .memory(.on(time: .seconds(30), interval: .seconds(1), probes: nil), "Keep Alive 30000 ms"),
      set: "TCP/IP property Keep Alive"),
    .init("oracle", keeps, silent, set: "SQLNET.EXPIRE_TIME=1 in sqlnet.ora"),
    .init(
      "clickhouse", .memory(.seconds(3600), "idle_connection_timeout"),
      .memory(.on(time: .seconds(290), interval: nil, probes: nil), "tcp_keep_alive_timeout"),
      set: "tcp_keep_alive_timeout in the server's settings"),
    .init(
      "clickhouse-http", .memory(.seconds(10), "keep_alive_timeout"), silent, set: nil),
    .init(
      "pgbouncer", .memory(.never, "client_idle_timeout 0"), kernel,
      set: "tcp_keepidle=60 in pgbouncer.ini"),
    .init("tidb", .memory(.seconds(28_800), "wait_timeout"), goListener, set: nil),
    .init("cockroachdb", keeps, goListener, set: nil),
    .init(
      "activemq", keeps, silent,
      heartbeat: .memory(.seconds(10), "wireFormat.maxInactivityDuration 30000"), set: kernelSysctl),
    .init(
      "rocketmq", .memory(.seconds(120), "serverChannelMaxIdleTimeSeconds"), silent,
      heartbeat: .memory(.seconds(30), "heartbeatBrokerInterval"), set: nil),
    .init(
      "pulsar", keeps, silent,
      heartbeat: .memory(.seconds(30), "keepAliveIntervalSeconds"), set: nil),
    .init(
      "mqtt", keeps, silent, heartbeat: .memory(.seconds(60), "the client's keep alive"), set: nil),
    .init("influxdb", keeps, goListener, set: nil),
    .init("neo4j", keeps, kernel, set: kernelSysctl),
    .init("consul", keeps, goListener, set: nil),
  ]

  /// First probe after `tcp-keepalive`, the next ones a third of that apart.
  private static let redis = Keepalive.on(
    time: .seconds(300), interval: .seconds(100), probes: 3)
  private static let redisSource = "config get tcp-keepalive: 300; interval from memory of anet.c"
  private static let mongo = Keepalive.on(time: .seconds(300), interval: .seconds(1), probes: nil)

  private init(
    _ middleware: String, _ idleTimeout: Known<Span>, _ keepalive: Known<Keepalive>,
    close: Close = .fin, heartbeat: Known<Span>? = nil, set keepaliveSetting: String?
  ) {
    self.middleware = middleware
    self.idleTimeout = idleTimeout
    self.keepalive = keepalive
    self.close = close
    self.heartbeat = heartbeat
    self.keepaliveSetting = keepaliveSetting
  }
}
