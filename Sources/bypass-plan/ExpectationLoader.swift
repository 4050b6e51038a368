import Addresses
import Audit
import Documents
import Istio
import LiveKernel
import Manifests
import RulesetText

/// What a namespace's rules are measured by: what the user gives, else what the pod itself says.
struct ExpectationLoader {
  var options: SourceOptions
  var manifest: String?
  /// Of `--values`, for all subjects.
  var mesh: MeshValues
  var host = Host()

  private var capture: CaptureOptions { options.capture }

  func load(for subject: Subject) throws -> Expectation {
    var expectation = try wanted(for: subject)
    if let version = capture.givenVersion { expectation.versions = [version] }
    if let install = capture.givenInstall { expectation.installs = [install] }
    if let backend = capture.givenBackend { expectation.backends = [backend] }
    return expectation
  }

  private func wanted(for subject: Subject) throws -> Expectation {
    if let manifest {
      guard capture.config == nil, !capture.settingsGiven else {
        throw UnusableInput(
          "--manifest says what is asked for; it takes no --config and no capture flag beside it")
      }
      return try workload(of: manifest, subject)
    }
    if let file = capture.config {
      guard !capture.flagsGiven else {
        throw UnusableInput("--config is the whole config; it takes no capture flag beside it")
      }
      return Expectation(
        .config(try located(file) { try CaptureConfig($0) }), installs: [.`init`],
        origins: [.init("the capture config", from: file)], knowsMesh: true)
    }
    if capture.settingsGiven { return try flags(in: mesh, subject) }
    return try own(of: subject, in: mesh)
  }

  // MARK: - Given

  private func flags(in mesh: MeshValues, _ subject: Subject) throws -> Expectation {
    var pod = try capture.pod(in: mesh)
    if capture.givenIPv6 == nil { pod.ipv6 = .addresses(subject.families) }
    if capture.proxyUid == nil, let proxy = subject.proxy { pod.runs(as: proxy) }
    return Expectation(
      .pod(pod), origins: [.init(capture.asTyped, from: "the command line")],
      knowsMesh: true)
  }

  private func workload(of argument: String, _ subject: Subject) throws -> Expectation {
    let parts = argument.split(separator: "#", maxSplits: 1)
    let file = String(parts.first ?? "")
    var cluster = Cluster()
    cluster.read(try Files.read(file), file: file)
    let workload = try SourceLoader(options).workload(
      parts.count == 2 ? String(parts[1]) : nil, in: cluster, file)
    let from = "\(workload.object) of \(file)"
    do {
      if let arguments = try workload.initArguments(), !arguments.onlyValidates {
        return Expectation(
          .config(arguments.config),
          versions: workload.imageVersion.map { [$0] } ?? IstioVersion.all,
          installs: [.`init`], backends: [arguments.backend],
          origins: [.init("the arguments of istio-init", from: from)], knowsMesh: true)
      }
    } catch {
      throw UnusableInput("\(file): \(error)")
    }
    var mesh = cluster.mesh
    if let values = capture.values { mesh.merge(Mesh(self.mesh, in: values)) }
    var pod = try located(file) { try workload.traffic(in: mesh.values) }
    pod.ipv6 = .addresses(subject.families)
    if let proxy = subject.proxy { pod.runs(as: proxy) }
    return Expectation(
      .pod(pod), versions: workload.imageVersion.map { [$0] } ?? IstioVersion.all,
      installs: mesh.values.usesCNI.map { [$0 ? .cni : .`init`] } ?? PodTraffic.Install.allCases,
      origins: Expectation.origins(of: pod.annotations, from: from)
        + Expectation.origins(of: mesh.values, beside: pod.annotations) { setting in
          mesh.locations[setting]?.file ?? file
        },
      knowsMesh: capture.values != nil)
  }

  // MARK: - The pod's own

  private func own(of subject: Subject, in mesh: MeshValues) throws -> Expectation {
    var defaults = PodTraffic()
    defaults.mesh = mesh.settings
    defaults.proxyMetadata = mesh.proxyMetadata
    defaults.ipv6 = .addresses(subject.families)
    let live = subject.live.ruleset
    guard let proxy = subject.proxy else {
      if subject.pod.processes.isEmpty, try host.hidesProcesses() {
        throw LiveError(
          .permission(.sysPtrace), "find the proxy among the processes of \(subject.name)")
      }
      return .unknown("no proxy process in this namespace", defaults, live: live)
    }
    let pid = proxy.process.pid
    let place = "the pod's own \(AnnotationsFile.path) (proxy pid \(pid))"
    let annotations: [String: String]
    do {
      annotations = try AnnotationsFile(try host.file(AnnotationsFile.path, seenBy: pid)).values
    } catch let error as AnnotationsFile.Unreadable {
      throw UnusableInput("\(AnnotationsFile.path) of process \(pid):\(error)")
    } catch let error as LiveError {
      guard case .gone = error.kind else { throw error }
      return .unknown("the proxy (pid \(pid)) has no \(AnnotationsFile.path)", defaults, live: live)
    }
    var expectation = Expectation(
      of: proxy, annotations: annotations, from: place, families: subject.families,
      nameServers: nameServers(seenBy: pid))
    if let file = capture.values { expectation.join(mesh, from: file) }
    return expectation
  }

  /// Of the pod's resolv.conf; none where it cannot be read.
  private func nameServers(seenBy pid: Int32) -> [IPAddress] {
    guard let bytes = try? host.file("/etc/resolv.conf", seenBy: pid, limit: 1 << 16) else {
      return []
    }
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n").compactMap { line in
      let words = line.split(whereSeparator: \.isWhitespace)
      return words.count >= 2 && words[0] == "nameserver" ? IPAddress(words[1]) : nil
    }
  }

  private func located<Value>(_ file: String, _ read: (Node) throws -> Value) throws -> Value {
    do {
      return try read(try Node(reading: Files.read(file)))
    } catch let error as DocumentError {
      throw error.located(in: file)
    }
  }

  private func located<Value>(_ file: String, _ read: () throws -> Value) throws -> Value {
    do {
      return try read()
    } catch let error as DocumentError {
      throw error.located(in: file)
    }
  }

  var owners: Owners { SourceLoader(options).owners }
}
