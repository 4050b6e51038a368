import Foundation
import TestSupport
import Testing

@testable import Istio

/// Asks iptables-restore, iptables-legacy-restore and nft whether they would load rules, in one
/// throwaway network namespace, and holds our answer against theirs.
final class LoadTools {
  private struct Script {
    var path: String
    var rules: CaptureRules
    var note: String
  }

  private let folder = FileManager.default.temporaryDirectory
    .appendingPathComponent("istio-load-\(UUID().uuidString)")
  private var scripts: [Script] = []

  deinit { try? FileManager.default.removeItem(at: folder) }

  /// Prints why when there is nothing to ask.
  var arePresent: Bool {
    let missing = ["iptables-restore", "iptables-legacy-restore", "ip6tables-restore", "nft"]
      .filter { !FileManager.default.isExecutableFile(atPath: "/usr/sbin/\($0)") }
    if getuid() == 0, missing.isEmpty { return true }
    print("load problems: not checked against the tools (root and \(missing) needed)")
    return false
  }

  /// Adds what the newest version writes for `config`; what it refuses is left out.
  func add(_ config: CaptureConfig, note: String) throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for backend in Backend.allCases {
      guard let rules = try? CaptureRules(for: config, backend: backend) else { continue }
      let path = folder.appendingPathComponent("\(scripts.count)").path
      let v4 = rules.lines.filter { $0.family != .ipv6 || backend == .nftables }
      let v6 = rules.lines.filter { $0.family == .ipv6 && backend == .iptables }
      try write(v4, path + (backend == .iptables ? ".v4" : ".nft"))
      try write(v6, path + ".v6")
      scripts.append(Script(path: path, rules: rules, note: "\(backend) \(note)"))
    }
  }

  private func write(_ lines: [CaptureRules.Line], _ path: String) throws {
    guard !lines.isEmpty else { return }
    try lines.map { $0.text + "\n" }.joined().write(
      toFile: path, atomically: false, encoding: .utf8)
  }

  /// Refused for certain must be refused; nothing told must be taken.
  func judge() throws {
    let refused = try refusedPaths()
    var certain = 0
    for script in scripts {
      let isRefused = refused.contains(script.path)
      if script.rules.loadProblems.contains(where: \.isCertain) {
        certain += 1
        #expect(isRefused, "taken: \(script.note): \(script.rules.loadProblems)")
      } else if script.rules.loadProblems.isEmpty {
        #expect(!isRefused, "refused: \(script.note)")
      }
    }
    print("load problems: \(scripts.count) scripts asked of the tools, \(certain) told to fail")
  }

  private func refusedPaths() throws -> Set<String> {
    let loop = """
      cd "$0"
      ask() { "$@" >/dev/null 2>&1 || echo "${f%.*}"; }
      for f in *.v4; do ask iptables-restore --test --noflush "$f"; done &
      for f in *.v4; do ask iptables-legacy-restore --test --noflush "$f"; done &
      for f in *.v6; do [ -e "$f" ] && ask ip6tables-restore --test --noflush "$f"; done &
      for f in *.nft; do ask nft -c -f "$f"; done &
      wait
      """
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/unshare")
    process.arguments = ["-n", "bash", "-c", loop, folder.path]
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let bytes = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    let names = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
    return Set(names.map { folder.appendingPathComponent(String($0)).path })
  }
}
