public import Documents
public import Findings
import Istio

/// What manifests say of a cluster, as far as traffic capture goes.
///
/// Documents are read one at a time and only what matters is kept, so a long stream costs little
/// more than its own bytes.
public struct Cluster: Sendable {
  public private(set) var workloads: [Workload] = []
  public private(set) var services: [Service] = []
  public private(set) var serviceEntries: [ServiceEntry] = []
  public private(set) var peerAuthentications: [PeerAuthentication] = []
  public private(set) var envoyFilters: [EnvoyFilter] = []
  public private(set) var idleRules: [IdleRule] = []
  public private(set) var uncapturedListeners: [UncapturedListener] = []
  /// Objects without pods that carry annotations or labels of Istio's.
  public private(set) var others: [Bystander] = []
  /// IstioOperators, istiod's ConfigMaps, and documents of Helm values.
  public private(set) var meshes: [Mesh] = []
  /// What cannot be read; the rest is there all the same.
  public private(set) var problems: [Problem] = []
  public private(set) var objectCount = 0
  private var namespaces: [String: Bystander] = [:]

  public struct Bystander: Hashable, Sendable {
    public var object: ObjectName
    public var location: Location
    public var metadata: Metadata
  }

  public struct Problem: Hashable, Sendable {
    public var message: String
    public var location: Location

    public init(_ message: String, at location: Location) {
      self.message = message
      self.location = location
    }
  }

  public init() {}

  /// The Namespace of that name, where the manifests hold it.
  public func namespace(_ name: String) -> Bystander? { namespaces[name] }

  /// The mesh-wide values that its objects give; documents that are none hold for some mesh or other.
  public var mesh: Mesh {
    var mesh = Mesh(in: "")
    for part in meshes where part.object != nil { mesh.merge(part) }
    return mesh
  }

  /// What is wrong with a file that cannot even be read.
  public mutating func add(_ problem: Problem) { problems.append(problem) }
}

// MARK: - Reading

extension Cluster {
  /// Adds every document of a YAML or JSON stream.
  ///
  /// - Parameter progress: Told after each document how many bytes come before it.
  public mutating func read(
    _ bytes: [UInt8], file: String, limits: DocumentLimits = .init(),
    progress: (Int) -> Void = { _ in }
  ) {
    for document in DocumentStream(bytes, limits: limits) {
      switch document {
      case .success(let node):
        read(node, in: file)
        progress(node.mark.offset)
      case .failure(let error):
        problems.append(Problem(error.message, at: Location(error.mark, in: file)))
      }
    }
  }

  /// - Parameter typed: What the items of a list such as a PodList are without saying so.
  private mutating func read(_ node: Node, in file: String, typed: String? = nil) {
    if node.isNull { return }
    let location = Location(node.mark, in: file)
    guard case .mapping = node.value else {
      problems.append(
        Problem("expected an object with apiVersion and kind, found \(node.kind)", at: location))
      return
    }
    guard let kind = node["kind"]?.scalar?.text ?? typed else {
      readMesh(node, object: nil, in: file)
      return
    }
    if kind.hasSuffix("List"), case .sequence(let items)? = node["items"]?.value {
      let typed = kind == "List" ? nil : String(kind.dropLast("List".count))
      for item in items { read(item, in: file, typed: typed) }
      return
    }
    objectCount += 1
    let object = ObjectName(node, kind: kind)
    read(node, object, at: Location((node["kind"] ?? node).mark, in: file))
  }

  private mutating func read(_ node: Node, _ object: ObjectName, at location: Location) {
    if let workload = Workload(node, object: object, location: location) {
      workloads.append(workload)
      return
    }
    // What a gateway is annotated with its controller hands on to the pods.
    let group = node["apiVersion"]?.scalar?.text.prefix { $0 != "/" }
    if group == "gateway.networking.k8s.io" { return }
    let bystander = Bystander(
      object: object, location: location,
      metadata: Metadata(node["metadata"], in: location.file))
    if (bystander.metadata.annotations + bystander.metadata.labels)
      .contains(where: { $0.name.contains("istio") || $0.name == Suppressions.annotation })
    {
      others.append(bystander)
    }
    switch object.kind {
    case "Namespace": namespaces[object.name] = bystander
    case "Service":
      services.append(Service(node, object: object, location: location))
    case "ServiceEntry":
      serviceEntries.append(ServiceEntry(node, object: object, location: location))
    case "PeerAuthentication":
      peerAuthentications.append(PeerAuthentication(node, object: object, location: location))
    case "EnvoyFilter":
      envoyFilters.append(EnvoyFilter(node, object: object, location: location))
    case "DestinationRule":
      let rule = IdleRule(node, object: object, location: location)
      if !rule.timeouts.isEmpty { idleRules.append(rule) }
    case "Sidecar":
      let listeners = UncapturedListener(node, object: object, location: location)
      if !listeners.modes.isEmpty { uncapturedListeners.append(listeners) }
    case let kind where MeshValues.stand(in: kind, named: object.name):
      readMesh(node, object: object, in: location.file)
    default: break
    }
  }

  /// Defaults an operator has set. A document that is no object may hold anything; only what reads
  /// as Helm values of Istio's chart is taken.
  private mutating func readMesh(_ node: Node, object: ObjectName?, in file: String) {
    do throws(DocumentError) {
      let values = try MeshValues(node)
      if !values.isEmpty { meshes.append(Mesh(values, in: file, object: object)) }
    } catch {
      if object != nil {
        problems.append(Problem(error.message, at: Location(error.mark, in: file)))
      }
    }
  }
}

extension ObjectName {
  init(_ node: Node, kind: String) {
    let metadata = node["metadata"]
    let generated = metadata?["generateName"]?.scalar.map { $0.text + "*" }
    self.init(
      kind: kind, name: metadata?["name"]?.scalar?.text ?? generated ?? "",
      namespace: metadata?["namespace"]?.scalar?.text)
  }
}

// MARK: - Asking

extension Cluster {
  /// The workloads called `Kind/name`; kinds may be written in lower case, as kubectl's users do.
  public func workloads(named reference: String) -> [Workload] {
    workloads.filter { $0.object.description.lowercased() == reference.lowercased() }
  }
}
