public import Planning

/// How a client library pools connections and what it does with one that has died.
public struct ClientLibrary: Hashable, Sendable {
  /// What happens between taking a pooled connection and telling the application.
  public enum Reuse: String, Hashable, Sendable, CaseIterable {
    /// Used as it is.
    case asIs
    /// A look at the socket: sees FIN and RST that have arrived, not a device's silence.
    case peek
    /// A round trip first; a dead connection costs the read timeout and is replaced.
    case ping
    /// Used as it is, and the command repeated on another connection when that fails.
    case retry
  }

  /// What the application is told.
  public struct Texts: Hashable, Sendable {
    public var eof: String
    /// The reset answers the question.
    public var reset: String
    public var timeout: String
    /// The reset had come before it was asked; nil where that is told as any reset.
    public var gone: String?

    init(eof: String, reset: String, timeout: String, gone: String? = nil) {
      self.eof = eof
      self.reset = reset
      self.timeout = timeout
      self.gone = gone
    }
  }

  public var name: String
  /// Names in Planning's catalogue, for which the library is a client.
  public var middleware: [String]
  public var keepalive: Known<Keepalive>
  public var poolMaxIdle: Known<Span>
  public var poolMaxLifetime: Known<Span>
  public var reuse: Known<Reuse>
  /// `never` where reads wait as long as the socket lives.
  public var readTimeout: Known<Span>
  /// False where commands are sent and no reply is read.
  public var awaitsReply: Bool
  public var texts: Known<Texts>
  /// How the pool's idle limit is set; `SPAN` stands for a number of seconds.
  public var poolSetting: String?

  public static func named(_ name: String) -> ClientLibrary? { table.first { $0.name == name } }

  /// The libraries for a kind of server, that of the original reproduction or the best known first.
  public static func of(_ middleware: String?) -> [ClientLibrary] {
    guard let middleware else { return [] }
    return table.filter { $0.middleware.contains(middleware) }
  }

  /// The one assumed for a kind of server when none is named.
  static func assumed(for middleware: String?) -> ClientLibrary? {
    guard let middleware else { return nil }
    return table.first { $0.middleware.contains(middleware) }
  }

  /// How the pool is told to drop a connection after `span`.
  public func setting(poolMaxIdle span: Span) -> String? {
    guard let poolSetting else { return nil }
    let parts = poolSetting.split(separator: "SPAN", omittingEmptySubsequences: false)
    return parts.joined(separator: "\(max(1, span.wholeSeconds))")
  }
}

// MARK: - The table

extension ClientLibrary {
  private static let goDialer = Known<Keepalive>.measured(
    .on(time: .seconds(15), interval: .seconds(15), probes: 9),
    "netstat 13.72 s; Go src/net/dial.go")
  private static let off = Known<Keepalive>.memory(.off, "SO_KEEPALIVE is not asked for")
  private static let never = Known<Span>.memory(.never, "no limit unless set")

  public static let table: [ClientLibrary] = [
    .init(
      "go-sql-driver", ["mysql", "shardingsphere", "tidb"], keepalive: goDialer,
      maxIdle: .documented(.never, "Go database/sql ConnMaxIdleTime 0"),
      lifetime: .documented(.never, "Go database/sql ConnMaxLifetime 0"),
      reuse: .measured(.peek, "checkConnLiveness, on since 1.5.0"),
      readTimeout: .documented(.never, "DSN readTimeout 0"),
      texts: .measured(
        Texts(
          eof: "invalid connection", reset: "invalid connection", timeout: "invalid connection"),
        "go-sql-driver 1.5.0; the log adds packets.go: unexpected EOF, connection reset, i/o timeout"
      ), pool: "db.SetConnMaxIdleTime(SPAN * time.Second)"),
    .init(
      "pymysql", ["mysql", "shardingsphere", "tidb"],
      keepalive: .documented(.kernel, "pymysql 1.1.2 connections.py sets SO_KEEPALIVE"),
      maxIdle: never, lifetime: never,
      reuse: .measured(.asIs, "connection.ping() before use is the caller's affair"),
      readTimeout: .documented(.never, "read_timeout None"),
      texts: .measured(
        Texts(
          eof: "(2013, 'Lost connection to MySQL server during query')",
          reset:
            "(2013, 'Lost connection to MySQL server during query ([Errno 104] Connection reset by peer)')",
          timeout: "(2013, 'Lost connection to MySQL server during query (timed out)')",
          gone:
            "(2006, \"MySQL server has gone away (ConnectionResetError(104, 'Connection reset by peer'))\")"
        ), "pymysql 1.1.2"),
      pool: "SQLAlchemy create_engine(pool_recycle=SPAN)"),
    .init(
      "hikaricp",
      ["mysql", "shardingsphere", "tidb", "postgresql", "pgbouncer", "oracle", "mssql"],
      keepalive: .memory(.kernel, "Connector/J tcpKeepAlive is true; pgjdbc's is not"),
      maxIdle: .documented(
        .seconds(600), "HikariCP idleTimeout, where minimumIdle is below the size"),
      lifetime: .documented(.seconds(1800), "HikariCP maxLifetime"),
      reuse: .memory(.ping, "isValid() unless used in the last 500 ms"),
      readTimeout: .memory(.seconds(5), "validationTimeout"),
      texts: .memory(
        Texts(
          eof: "CommunicationsException: Communications link failure",
          reset: "CommunicationsException: Communications link failure",
          timeout: "CommunicationsException: Communications link failure"), "Connector/J"),
      pool: "idleTimeout=SPAN000 and minimumIdle below maximumPoolSize"),
    .init(
      "gomemcache", ["memcached"], keepalive: goDialer,
      maxIdle: .measured(.never, "two idle connections an address, never expired"),
      lifetime: .measured(.never, "no lifetime"), reuse: .measured(.asIs, "no liveness check"),
      readTimeout: .documented(
        Span(milliseconds: 500), "DefaultTimeout, 100 ms in older versions"),
      texts: .measured(
        Texts(eof: "EOF", reset: "read: connection reset by peer", timeout: "i/o timeout"),
        "gomemcache")),
    .init(
      "pymemcache", ["memcached"], keepalive: off, maxIdle: never, lifetime: never,
      reuse: .measured(.asIs, "no liveness check"),
      readTimeout: .memory(.never, "timeout None"),
      texts: .measured(
        Texts(
          eof: "MemcacheUnexpectedCloseError", reset: "ConnectionResetError",
          timeout: "socket timeout"), "pymemcache 4.0.0"),
      pool: "PooledClient(pool_idle_timeout=SPAN)"),
    .init(
      "pymemcache-noreply", ["memcached"], keepalive: off, maxIdle: never, lifetime: never,
      reuse: .measured(.asIs, "no liveness check"), readTimeout: .memory(.never, "timeout None"),
      awaitsReply: false,
      texts: .measured(Texts(eof: "", reset: "", timeout: ""), "set() answers True"),
      pool: "PooledClient(pool_idle_timeout=SPAN)"),
    .init(
      "go-redis-v9", ["redis", "redis-sentinel"],
      keepalive: .memory(
        .on(time: .seconds(300), interval: nil, probes: nil), "DialTimeout's dialer, 5 min"),
      maxIdle: .documented(.seconds(1800), "go-redis ConnMaxIdleTime"), lifetime: never,
      reuse: .documented(.retry, "go-redis MaxRetries 3"),
      readTimeout: .memory(.seconds(3), "ReadTimeout"), texts: goRedis,
      pool: "redis.Options{ConnMaxIdleTime: SPAN * time.Second}"),
    .init(
      "go-redis-v8", ["redis", "redis-sentinel"],
      keepalive: .memory(
        .on(time: .seconds(300), interval: nil, probes: nil), "DialTimeout's dialer, 5 min"),
      maxIdle: .memory(.seconds(300), "go-redis IdleTimeout"), lifetime: never,
      reuse: .memory(.retry, "go-redis MaxRetries 3"),
      readTimeout: .memory(.seconds(3), "ReadTimeout"), texts: goRedis,
      pool: "redis.Options{IdleTimeout: SPAN * time.Second}"),
    .init(
      "redis-py", ["redis", "redis-sentinel"],
      keepalive: .documented(
        .on(time: .seconds(30), interval: .seconds(5), probes: 3),
        "redis-py 8.1.0 _defaults.py; off in old versions"), maxIdle: never, lifetime: never,
      reuse: .measured(.retry, "redis-py 8.1.0 retries by default; old versions do not"),
      readTimeout: .documented(.never, "socket_timeout None"),
      texts: .measured(
        Texts(
          eof: "ConnectionError: Connection closed by server.",
          reset: "ConnectionError: Error 104 while reading from socket",
          timeout: "TimeoutError: Timeout reading from socket"), "redis-py without retry")),
    .init(
      "jedis", ["redis", "redis-sentinel"], keepalive: .memory(.kernel, "setKeepAlive(true)"),
      maxIdle: .memory(.seconds(60), "JedisPoolConfig minEvictableIdleTime"), lifetime: never,
      reuse: .memory(.asIs, "testOnBorrow is false"),
      readTimeout: .memory(.seconds(2), "soTimeout"),
      texts: .memory(
        Texts(
          eof: "JedisConnectionException: Unexpected end of stream.",
          reset: "JedisConnectionException: java.net.SocketException: Connection reset",
          timeout: "JedisConnectionException: java.net.SocketTimeoutException: Read timed out"),
        "Jedis"), pool: "poolConfig.setMinEvictableIdleTime(Duration.ofSeconds(SPAN))"),
    .init(
      "mongo-go-driver", ["mongodb", "mongodb-shard"],
      keepalive: .documented(
        .on(time: .seconds(300), interval: nil, probes: nil),
        "CDRIVER-2176: drivers should use 300 s"),
      maxIdle: .documented(.never, "maxIdleTimeMS 0"), lifetime: never,
      reuse: .memory(.retry, "retryReads and retryWrites, once"),
      readTimeout: .memory(.never, "socketTimeoutMS 0"),
      texts: .memory(
        Texts(
          eof: "incomplete read of message header: EOF",
          reset: "incomplete read of message header: read: connection reset by peer",
          timeout: "incomplete read of message header: i/o timeout"), "mongo-go-driver"),
      pool: "options.Client().SetMaxConnIdleTime(SPAN * time.Second)"),
    .init(
      "pgx", ["postgresql", "pgbouncer", "cockroachdb"],
      keepalive: .memory(
        .on(time: .seconds(300), interval: nil, probes: nil), "pgconn dialer, 5 min"),
      maxIdle: .memory(.seconds(1800), "pgxpool MaxConnIdleTime"),
      lifetime: .memory(.seconds(3600), "pgxpool MaxConnLifetime"),
      reuse: .memory(.ping, "pgxpool pings what idled for a second"),
      readTimeout: .memory(.never, "the context's deadline"),
      texts: .memory(
        Texts(
          eof: "unexpected EOF", reset: "read: connection reset by peer", timeout: "i/o timeout"),
        "pgx"), pool: "pool_max_conn_idle_time=SPANs"),
    .init(
      "psycopg2", ["postgresql", "pgbouncer", "cockroachdb"],
      keepalive: .documented(.kernel, "libpq keepalives=1 with the system's times"), maxIdle: never,
      lifetime: never, reuse: .memory(.asIs, "no liveness check"),
      readTimeout: .memory(.never, "none"),
      texts: .memory(
        Texts(
          eof: "OperationalError: server closed the connection unexpectedly",
          reset: "OperationalError: could not receive data from server: Connection reset by peer",
          timeout: "OperationalError: could not receive data from server: Connection timed out"),
        "psycopg2"), pool: "SQLAlchemy create_engine(pool_recycle=SPAN)"),
  ]

  private static let goRedis = Known<Texts>.memory(
    Texts(eof: "EOF", reset: "read: connection reset by peer", timeout: "i/o timeout"), "go-redis")

  private init(
    _ name: String, _ middleware: [String], keepalive: Known<Keepalive>, maxIdle: Known<Span>,
    lifetime: Known<Span>, reuse: Known<Reuse>, readTimeout: Known<Span>, awaitsReply: Bool = true,
    texts: Known<Texts>, pool: String? = nil
  ) {
    self.name = name
    self.middleware = middleware
    self.keepalive = keepalive
    self.poolMaxIdle = maxIdle
    self.poolMaxLifetime = lifetime
    self.reuse = reuse
    self.readTimeout = readTimeout
    self.awaitsReply = awaitsReply
    self.texts = texts
    self.poolSetting = pool
  }
}
