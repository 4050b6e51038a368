import TestSupport
import Testing

/// Linux as it starts with hardly anything in it: Debian's user-mode kernel, all of whose netfilter is
/// modules, loaded one after the other. What is audited is a kernel that really lacks something.
@Suite struct OtherKernelTests {
  private static let kernel = "/usr/bin/linux.uml"

  /// What the kernel prints when it has run `script` as its first process, on this machine's files.
  private func boot(_ script: String) throws -> String? {
    guard try Shell.run("test -x \(Self.kernel)", in: "/").exitCode == 0 else {
      print("audit: NOT RUN on another kernel: \(Self.kernel) is not installed (user-mode-linux)")
      return nil
    }
    let start = """
      #!/bin/sh
      export PATH=\(Shell.quoted(Shell.builtProducts)):/usr/sbin:/usr/bin:/sbin:/bin NO_COLOR=1
      mount -t proc proc /proc && mount -t tmpfs none /run && ip link set lo up
      load() { /usr/bin/python3 -c '\(Self.load)' "$@"; }
      ask() { echo "== $1"; shift; bypass-plan "$@" 2>&1; echo "exit $?"; }
      \(script)
      echo "== end"; echo o > /proc/sysrq-trigger; sleep 10
      """
    let command = """
      folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
      printf '%s\\n' \(Shell.quoted(start)) > $folder/init; chmod +x $folder/init
      TMPDIR=$folder timeout -s KILL 240 \(Self.kernel) mem=512M root=/dev/root rootfstype=hostfs ro quiet \
        con=null con0=fd:0,fd:1 init=$folder/init | tr -d '\\r'
      """
    return try Shell.run(command, in: "/").output
  }

  /// Loads kernel modules by name, each after those it needs.
  private static let load = """
    import ctypes, os, platform, sys
    folder = "/usr/lib/uml/modules/" + platform.release() + "/"
    needs = {line.split(":")[0]: line.split(":")[1].split() for line in open(folder + "modules.dep")}
    path = {os.path.basename(file)[:-3]: file for file in needs}
    for name in sys.argv[1:]:
        for file in needs[path[name]][::-1] + [path[name]]:
            number = {"x86_64": 313, "aarch64": 273}[platform.machine()]  # finit_module
            failed = ctypes.CDLL(None, use_errno=True).syscall(number, os.open(folder + file, 0), b"", 0)
            if failed and ctypes.get_errno() != 17: print("cannot load", file)
    """

  /// What was printed under each heading.
  private func sections(of output: String) -> [String: String] {
    var sections: [String: String] = [:]
    var heading = ""
    for line in output.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix("== ") {
        heading = String(line.dropFirst(3))
      } else {
        sections[heading, default: ""] += line + "\n"
      }
    }
    return sections
  }

  @Test func eachFacilityMayBeMissing() throws {
    let output = try boot(
      """
      ask nothing audit --exclude-ports 3307
      load nfnetlink
      ask nfnetlink audit --exclude-ports 3307
      ask rules rules --rules netns:self -o json
      load iptable_nat xt_nat xt_REDIRECT xt_tcpudp xt_owner
      bypass-plan rules --exclude-ports 3306 -o restore | iptables-legacy-restore
      ask legacy audit --exclude-ports 3307
      ask simulate simulate --rules netns:self --to 10.0.0.9:3307 -o jsonl
      load nf_tables
      nft add table ip other
      ask both audit --exclude-ports 3307
      """)
    guard let output else { return }
    let sections = sections(of: output)
    #expect(sections["end"] != nil, "\(output)")
    // There is nothing that could hold a rule, so the answer is certain.
    for name in ["nothing", "nfnetlink"] {
      let text = sections[name] ?? ""
      #expect(text.contains("ERROR   BP305") && text.hasSuffix("exit 1\n"), "\(name): \(text)")
    }
    #expect(sections["rules"]?.contains("\"tables\": []") == true, "\(sections["rules"] ?? output)")
    let legacy = sections["legacy"] ?? ""
    #expect(legacy.contains("rules iptables-legacy") && legacy.contains("tcp 3307"), "\(legacy)")
    #expect(sections["simulate"]?.contains("\"verdict\":\"redirect\"") == true)
    #expect(
      sections["both"]?.contains("rules iptables-legacy") == true, "\(sections["both"] ?? "")")
  }
}
