import Glibc
import TestSupport
import Testbed
import Testing

extension LabTests {
  /// `bypass-plan lab` as its users run it, with a real Envoy.
  @Suite(.serialized) struct CommandLine {
    /// Whether the lab can be run; where not, it is said why, and with REQUIRE_LAB set it is a fault.
    private static func canRun(_ what: String, with client: LabClient? = nil) -> Bool {
      var obstacle: String?
      if geteuid() != 0 {
        obstacle = "it needs root"
      } else if access(Lab.installedEnvoy, X_OK) != 0 {
        obstacle = "no Envoy at \(Lab.installedEnvoy); tools/lab-setup installs one"
      } else if let client, access(client.path, R_OK) != 0 {
        obstacle = "no \(client.rawValue) at \(client.path); tools/lab-setup --clients installs it"
      } else {
        let servers = ["redis-server", "memcached", "mariadbd"].filter { name in
          !["/usr/bin", "/usr/sbin"].contains { access("\($0)/\(name)", X_OK) == 0 }
        }
        if !servers.isEmpty { obstacle = "no \(servers.joined(separator: ", "))" }
      }
      guard let obstacle else { return true }
      print("lab: NOT RUN: \(what): \(obstacle)")
      if getenv("REQUIRE_LAB") != nil { Issue.record("\(what): \(obstacle)") }
      return false
    }

    private func run(_ command: String) throws -> Shell {
      try Shell.run("{ \(command)\n} 2>&1", in: Transcript.directory)
    }

    /// Nothing of any lab: no folder, no namespace.
    private static let nothingLeft =
      "test ! -e /run/bypass-plan && ! ls /run/netns 2>/dev/null | grep bypass-plan-lab"

    // MARK: What the documents show

    static let examples =
      ConsoleExample.all(in: "README.md", for: .lab)
      + ConsoleExample.all(in: "docs/idle-timeouts.md", for: .lab)

    /// Times are the model's within its tolerance, or the exit code is 1; here their digits are not
    /// compared.
    private static func timeless(_ text: String) -> String {
      var words: [Substring] = []
      for word in text.split(separator: " ", omittingEmptySubsequences: false) {
        let isUnit = word == "s" || word == "s," || word.hasPrefix("s\n")
        if isUnit, let last = words.last, last.contains("."), last.last?.isNumber == true {
          words[words.count - 1] = "_"
        }
        words.append(word)
      }
      return words.joined(separator: " ")
    }

    @Test(arguments: examples)
    func theDocumentsShowWhatHappens(example: ConsoleExample) throws {
      let client = LabClient.allCases.first { example.command.contains("--client \($0.rawValue)") }
      guard Self.canRun("`\(example.command)`", with: client) else { return }
      let shell = try run(example.command)
      #expect(shell.exitCode == 0, "\(shell.output)")
      let lines = example.output.map { Substring(Self.timeless($0 + "\n").dropLast()) }
      let timeless = ConsoleExample(command: example.command, output: lines)
      let contradiction = timeless.contradiction(by: Self.timeless(shell.output))
      #expect(contradiction == nil, "`\(example.command)` \(contradiction ?? ""): \(shell.output)")
    }

    @Test func theDocumentsShowEveryScenario() {
      for scenario in LabScenario.all {
        #expect(Self.examples.contains { $0.command == "bypass-plan lab \(scenario.name)" })
      }
    }

    // MARK: What is missing

    @Test(arguments: [
      ("--envoy /nowhere/envoy", "tools/lab-setup"),
      ("--client go-mysql", "tools/lab-setup --clients"),
    ])
    func whatIsMissingIsNamedWithItsInstaller(option: String, words: String) throws {
      let setting = option.hasPrefix("--client") ? "--envoy /bin/true" : ""
      let shell = try run(
        "XDG_CACHE_HOME=/nowhere bypass-plan lab idle-timeout \(option) \(setting)")
      let servers = shell.output.contains("is not installed; Debian has it in")
      #expect(shell.exitCode == 69)
      #expect(shell.output.contains(words) || servers, "\(shell.output)")
    }

    @Test func aMissingServerIsNamedWithItsPackage() throws {
      // Administrators' folders are always looked into, where Debian has no redis-server.
      let shell = try run(
        "PATH=/nowhere $(command -v bypass-plan) lab idle-timeout --envoy /bin/true")
      #expect(shell.exitCode == 69)
      #expect(
        shell.output.contains("'redis-server' is not installed; Debian has it in redis-server"))
    }

    @Test func withoutPrivilegeNothingIsMade() throws {
      guard Self.canRun("a lab without privilege") else { return }
      let shell = try run(
        "capsh --drop=cap_sys_admin -- -c '\(Shell.builtProducts)/bypass-plan lab idle-timeout'")
      #expect(shell.exitCode == 77, "\(shell.output)")
      #expect(shell.output.contains("CAP_SYS_ADMIN"))
      #expect(try run(Self.nothingLeft).exitCode == 0)
    }

    @Test func rulesThatUseTPROXYAreRefused() throws {
      let shell = try run("bypass-plan lab drain --interception-mode TPROXY")
      #expect(shell.exitCode == 2)
      #expect(shell.output.contains("TPROXY"))
    }

    // MARK: What goes wrong midway

    /// Starts a lab in the background with its output in a file, and waits until Envoy is there.
    private static func started(_ name: String, _ scenario: String) -> String {
      """
      log=$(mktemp); here=$(ls -d /run/bypass-plan/lab-* 2>/dev/null | wc -l)
      bypass-plan lab \(scenario) >$log 2>&1 & \(name)=$!
      for i in $(seq 100); do
        [ $(ls -d /run/bypass-plan/lab-*/listeners.json 2>/dev/null | wc -l) -gt $here ] && break
        sleep 0.1
      done; sleep 1
      \(name)_lab=$(ls /run/bypass-plan | tail -1)
      """
    }

    @Test func aKilledEnvoyIsSaidAndEverythingRemoved() throws {
      guard Self.canRun("a lab whose Envoy is killed") else { return }
      let shell = try run(
        """
        \(Self.started("a", "default-hour"))
        for note in /run/bypass-plan/$a_lab/*.pid; do
          pid=$(basename $note .pid); [ "$(cat /proc/$pid/comm)" = envoy ] && kill -9 $pid
        done
        wait $a; echo "exit $?"; cat $log; rm $log
        \(Self.nothingLeft) && echo nothing left
        """)
      #expect(shell.output.contains("exit 69"))
      #expect(shell.output.contains("envoy was killed by signal 9"))
      #expect(shell.output.contains("nothing left"), "\(shell.output)")
    }

    @Test func controlCEndsItInOrder() throws {
      guard Self.canRun("a lab that is interrupted") else { return }
      let shell = try run(
        """
        \(Self.started("a", "default-hour"))
        kill -INT $a; kill -TERM $a; wait $a; echo "exit $?"; cat $log; rm $log
        \(Self.nothingLeft) && echo nothing left
        """)
      #expect(shell.output.contains("everything made is removed"), "\(shell.output)")
      #expect(shell.output.contains("nothing left"), "\(shell.output)")
    }

    /// The process dies without a chance to clean; `lab clean` finds what it left by name, and leaves
    /// a lab that runs beside it alone, which then agrees with the model.
    @Test func whatAKilledLabLeftIsCleanedAndNothingElse() throws {
      guard Self.canRun("a lab that is killed beside another") else { return }
      let shell = try run(
        """
        \(Self.started("other", "middlebox")); other_log=$log
        \(Self.started("a", "default-hour"))
        pids=$(cd /run/bypass-plan/$a_lab && ls *.pid | sed s/.pid//)
        kill -9 $a; wait $a 2>/dev/null
        echo "labs $other_lab $a_lab"
        bypass-plan lab clean
        ls -d /run/bypass-plan/$a_lab /run/netns/bypass-plan-$a_lab-* 2>/dev/null
        for pid in $pids; do [ -e /proc/$pid/exe ] && echo "process $pid is there"; done
        ls -d /run/bypass-plan/$other_lab
        wait $other; echo "other exit $?"; tail -1 $other_log; rm $log $other_log
        bypass-plan lab clean
        \(Self.nothingLeft) && echo nothing left
        """)
      let lines = shell.output.split(separator: "\n").map(String.init)
      #expect(
        lines == [
          "labs lab-1 lab-2", "removed lab-2", "/run/bypass-plan/lab-1", "other exit 0",
          "model and measurement agree on 14 rows (within 2 % or 0.3 s)", "nothing was left",
          "nothing left",
        ], "\(shell.output)")
    }

    /// A name whose namespaces are there without its folder is not taken again, and is cleaned.
    @Test func aNamespaceLeftAloneIsNoObstacle() throws {
      guard Self.canRun("a lab beside a lone namespace") else { return }
      let shell = try run(
        """
        ip netns add bypass-plan-lab-1-pod && bypass-plan lab default-hour | tail -1
        bypass-plan lab clean; \(Self.nothingLeft) && echo nothing left
        """)
      let lines = shell.output.split(separator: "\n").map(String.init)
      #expect(lines.first?.hasPrefix("model and measurement agree") == true, "\(shell.output)")
      #expect(lines.dropFirst() == ["removed lab-1", "nothing left"])
    }

    /// Envoy's admin port is the lab's own choice, so rules may use it.
    @Test func aPortThatTheRulesUseIsLeftToThem() throws {
      guard Self.canRun("a lab with Envoy on port 15000") else { return }
      let shell = try run(
        """
        config=$(mktemp); echo '{"ProxyPort": "15000", "OutboundIPRangesInclude": "*"}' >$config
        bypass-plan lab default-hour --config $config | tail -1; rm $config
        """)
      #expect(shell.output.hasPrefix("model and measurement agree"), "\(shell.output)")
    }

    // MARK: `timeouts` in a live pod

    /// The lab's pod, kept: an app's connection through Envoy outlives the middlebox's memory of it.
    /// Before its next use it is seen to be forgotten, and afterwards that nobody answers.
    @Test func timeoutsSeesInALivePodWhatTheModelSays() throws {
      guard Self.canRun("timeouts in the lab's pod") else { return }
      let pod = "bypass-plan-lab-1-pod"
      let ask = "bypass-plan timeouts --rules netns:\(pod) --endpoint 10.20.30.40:6379"
      let flags = "--device middlebox=5s:drop --envoy-idle-timeout 24h"
      let shell = try run(
        """
        bypass-plan lab middlebox --keep >/dev/null || exit 1
        app='exec 3<>/dev/tcp/10.20.30.40/6379; printf "PING\\r\\n" >&3; read answer <&3
          sleep 9; printf "PING\\r\\n" >&3; sleep 6'
        ip netns exec \(pod) setpriv --reuid 1000 --regid 1000 --clear-groups bash -c "$app" &
        sleep 7; \(ask) \(flags); echo "exit $?"
        sleep 5; \(ask) \(flags); echo "exit $?"
        \(ask) \(flags) -o json | grep '"kind"'
        wait; bypass-plan lab clean
        """)
      let halves = shell.output.split(separator: "exit 1")
      #expect(halves.count == 3, "\(shell.output)")
      let first = halves.first.map { String($0) } ?? ""
      #expect(first.contains("through Envoy") && first.contains("middlebox forgets it after 5s"))
      #expect(first.contains("silent for longer than middlebox remembers (5s)"), "\(first)")
      #expect(first.contains("envoy  10.244.1.5:") && first.contains(" off "))
      #expect(first.split(separator: "\n").allSatisfy { $0.count <= 80 }, "fit for 80 columns")
      let second = halves.dropFirst().first.map { String($0) } ?? ""
      #expect(second.contains("Envoy's socket sends again and gets no answer"), "\(second)")
      #expect(second.contains("BP412"))
      #expect(shell.output.contains(#""kind": "unanswered""#))
      #expect(shell.output.hasSuffix("removed lab-1\n"))
    }
  }
}
