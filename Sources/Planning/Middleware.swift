public import Ruleset

/// A kind of server that applications reach outside the cluster, and the port it listens on unless
/// told otherwise.
public struct Middleware: Hashable, Sendable {
  public var name: String
  public var port: UInt16
  public var transport: TransportProtocol

  /// Every kind known, the best known first; one entry a port.
  ///
  /// Ports are those of each project's own documentation or default configuration file, named
  /// beside the entry; IANA's registry agrees where it lists the service.
  public static let catalogue: [Middleware] = [
    .init("mysql", 3306),  // mysqld --port
    .init("shardingsphere", 3307),  // ShardingSphere-Proxy start.sh, proxy-default-port
    .init("postgresql", 5432),  // postgresql.conf port
    .init("redis", 6379),  // redis.conf port
    .init("memcached", 11211),  // memcached -p
    .init("mongodb", 27017),  // mongod net.port
    .init("kafka", 9092),  // server.properties listeners
    .init("rabbitmq", 5672),  // rabbitmq.conf listeners.tcp.default
    .init("zookeeper", 2181),  // zoo.cfg clientPort
    .init("elasticsearch", 9200),  // elasticsearch.yml http.port
    .init("redis-sentinel", 26379),  // sentinel.conf port
    .init("cassandra", 9042),  // cassandra.yaml native_transport_port
    .init("etcd", 2379),  // etcd --listen-client-urls
    .init("nats", 4222),  // nats-server -p
    .init("mssql", 1433),  // SQL Server default instance
    .init("oracle", 1521),  // listener.ora
    .init("clickhouse", 9000),  // config.xml tcp_port
    .init("clickhouse-http", 8123),  // config.xml http_port
    .init("mysqlx", 33060),  // mysqld --mysqlx-port
    .init("mongodb-shard", 27018),  // mongod --shardsvr
    .init("pgbouncer", 6432),  // pgbouncer.ini listen_port
    .init("tidb", 4000),  // tidb-server -P
    .init("cockroachdb", 26257),  // cockroach start --listen-addr
    .init("couchbase", 11210),  // memcached bucket port
    .init("activemq", 61616),  // activemq.xml openwire
    .init("rocketmq", 9876),  // namesrv listenPort
    .init("pulsar", 6650),  // broker.conf brokerServicePort
    .init("mqtt", 1883),  // mosquitto.conf listener
    .init("influxdb", 8086),  // influxdb http-bind-address
    .init("neo4j", 7687),  // neo4j.conf server.bolt.listen_address
    .init("nacos", 8848),  // application.properties server.port
    .init("consul", 8500),  // consul ports.http
  ]

  private init(_ name: String, _ port: UInt16, _ transport: TransportProtocol = .tcp) {
    self.name = name
    self.port = port
    self.transport = transport
  }

  public static func named(_ name: String) -> Middleware? {
    catalogue.first { $0.name == name }
  }

  public static func listening(on port: UInt16, _ transport: TransportProtocol) -> Middleware? {
    catalogue.first { $0.port == port && $0.transport == transport }
  }
}
