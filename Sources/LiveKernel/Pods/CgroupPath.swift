/// What the path of a process's cgroup says of the pod it is in.
///
/// The kubelet names the pod's cgroup by its UID, the runtime a container's by its id, each in the
/// manner of the cgroup driver:
///
///     cgroupfs  /kubepods/burstable/podUID/ID
///     systemd   /kubepods.slice/kubepods-burstable.slice/kubepods-burstable-podUID.slice/cri-containerd-ID.scope
///               (also crio-ID.scope and docker-ID.scope; dashes of the UID are underscores there)
///     CRI-O     …/crio-ID, containerd at times …-podUID.slice:cri-containerd:ID
///
/// (kubelet pkg/kubelet/cm/pod_container_manager_linux.go; containerd, CRI-O and dockershim each
/// for the last part.)
struct CgroupPath: Hashable {
  /// As the API server has it; for a static pod the hash of its manifest, without dashes.
  var podUID: String
  var containerID: String?

  /// `text` is the content of /proc/PID/cgroup: one line for each hierarchy (version 1), or the one
  /// that begins with `0::` (version 2). nil where no line names a pod.
  init?(cgroupFile text: String) {
    for line in text.split(separator: "\n") {
      let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      if fields.count == 3, let found = CgroupPath(path: fields[2]) {
        self = found
        return
      }
    }
    return nil
  }

  init?(path: Substring) {
    let parts = path.split { $0 == "/" || $0 == ":" }
    guard let place = parts.lastIndex(where: { Self.uid(of: $0) != nil }),
      let uid = Self.uid(of: parts[place])
    else { return nil }
    podUID = uid
    containerID = parts[place...].dropFirst().lazy.compactMap(Self.containerID).first
  }

  /// The UID in `podUID` or `kubepods-burstable-podUID.slice`.
  private static func uid(of part: Substring) -> String? {
    let name = part.hasSuffix(".slice") ? part.dropLast(".slice".count) : part
    guard
      let start = name.split(separator: "-", omittingEmptySubsequences: false)
        .first(where: { $0.hasPrefix("pod") })?.startIndex
    else { return nil }
    let uid = name[start...].dropFirst("pod".count).map { $0 == "_" ? "-" : $0 }
    let digits = uid.filter { $0 != "-" }
    guard digits.count == 32, digits.allSatisfy(\.isHexDigit),
      uid.count == 32 || uid.indices.filter({ uid[$0] == "-" }) == [8, 13, 18, 23]
    else { return nil }
    return String(uid)
  }

  /// The 64 hexadecimal digits in `cri-containerd-ID.scope`, `ID`, …
  private static func containerID(of part: Substring) -> String? {
    let name = part.hasSuffix(".scope") ? part.dropLast(".scope".count) : part
    guard let id = name.split(separator: "-").last, id.utf8.count == 64,
      id.allSatisfy(\.isHexDigit)
    else { return nil }
    return String(id)
  }
}
