import TestSupport
import Testing

/// The recipe of tools/container, as far as it can be tried where no container is built: that its steps
/// name what there is, and that the image holds what the program is linked to.
@Suite struct ContainerTests {
  private struct Stage {
    var name: String
    var image: String
    var steps: [(instruction: String, words: [String])]

    /// What `apt-get install` is given.
    var packages: [String] {
      steps.filter { $0.instruction == "RUN" }.flatMap { step -> [String] in
        guard let start = step.words.firstIndex(of: "install") else { return [] }
        return step.words[(start + 1)...].prefix { $0 != "&&" }.filter { !$0.hasPrefix("-") }
      }
    }
  }

  private static func stages() throws -> [Stage] {
    let text = try TestFiles.text(Transcript.root + "/tools/container/Containerfile")
      .split(separator: "\n").filter { !$0.hasPrefix("#") }.joined(separator: "\n")
      .replacing("\\\n", with: " ")
    var stages: [Stage] = []
    for line in text.split(separator: "\n") {
      let words = line.split(whereSeparator: \.isWhitespace).map(String.init)
      guard let instruction = words.first else { continue }
      if instruction == "FROM" {
        let name = words.count == 4 && words[2] == "AS" ? words[3] : ""
        stages.append(Stage(name: name, image: words[1], steps: []))
      } else {
        let index = try #require(stages.indices.last)
        stages[index].steps.append((instruction, Array(words.dropFirst())))
      }
    }
    return stages
  }

  @Test func everyInstructionIsOne() throws {
    let known: Set = ["RUN", "COPY", "WORKDIR", "USER", "ENTRYPOINT"]
    for step in try Self.stages().flatMap(\.steps) {
      #expect(known.contains(step.instruction))
    }
  }

  /// As tools/bypass-plan builds, with a Swift that the package takes.
  @Test func buildsAsTheRepositoryDoes() throws {
    let stages = try Self.stages()
    let build = try #require(stages.first)
    let script = try TestFiles.text(Transcript.root + "/tools/bypass-plan")
    let setup = try #require(script.split(separator: "\n").first { $0.contains("tools/setup") })
    #expect(setup.split(separator: " ").dropFirst().map(String.init) == build.packages)
    let run = build.steps.filter { $0.instruction == "RUN" }.map {
      $0.words.joined(separator: " ")
    }
    let command = "-c release --static-swift-stdlib --product bypass-plan"
    #expect(script.contains(command))
    #expect(run.contains { $0.hasPrefix("swift build \(command)") })
    let manifest = try TestFiles.text(Transcript.root + "/Package.swift")
    let tools = try #require(manifest.split(separator: "\n").first).split(separator: " ").last ?? ""
    #expect(build.image.hasSuffix("/swift:\(tools)-bookworm"))
    #expect(manifest.contains(#".executableTarget("#))
    #expect(manifest.contains(#"name: "bypass-plan""#))
  }

  @Test func whatIsCopiedIsThereAndRuns() throws {
    let stages = try Self.stages()
    let image = try #require(stages.last)
    let copy = try #require(image.steps.first { $0.instruction == "COPY" })
    #expect(copy.words.first == "--from=\(stages[0].name)")
    #expect(copy.words[1] == "/usr/local/bin/bypass-plan")
    #expect(stages[0].steps.contains { $0.words.last == "/usr/local/bin/" })
    #expect(image.steps.last?.words == [#"["bypass-plan"]"#])
    let ignored = try TestFiles.text(Transcript.root + "/.dockerignore").split(separator: "\n")
    #expect(ignored == [".git", "**/.build"])
  }

  /// Every library of the program is of a package of the image, or of its base.
  @Test func theImageHoldsWhatTheProgramIsLinkedTo() throws {
    let image = try #require(try Self.stages().last)
    #expect(image.image.hasSuffix("/debian:bookworm-slim"))
    let result = try Shell.run(
      """
      . /etc/os-release; [ "$VERSION_CODENAME" = bookworm ] || { echo "$VERSION_CODENAME"; exit 3; }
      ldd "$(command -v bypass-plan)" | awk '$2 == "=>" { print $3 }' | grep -v /swift/ |
        while read -r library; do dpkg -S "*/$(basename "$library")" | head -1 | cut -d: -f1; done | sort -u
      """, in: Transcript.directory)
    guard result.exitCode == 0 else {
      print("no Debian bookworm here: the image's libraries are not compared")
      return
    }
    let base: Set = ["libc6", "libgcc-s1", "libstdc++6"]
    let needed = Set(result.output.split(separator: "\n").map(String.init)).subtracting(base)
    #expect(!needed.isEmpty)
    #expect(needed.subtracting(image.packages) == [])
    // git is for `diff`; nothing else is there that nobody needs.
    #expect(Set(image.packages).subtracting(needed) == ["git"])
  }

  /// Where /proc is not mounted Swift sees no arguments; that is said, and nothing else is answered.
  @Test func withoutProcNothingIsAnswered() throws {
    let result = try Shell.run(
      """
      program=$(command -v bypass-plan); unshare -rm true || exit 99
      unshare -rm sh -c 'mount -t tmpfs none /proc && exec "$0" check .' "$program" 2>&1
      """, in: Transcript.directory)
    if result.exitCode == 99 {
      print("no user namespaces here: a container without /proc is not tried")
      return
    }
    #expect(
      result.output == "bypass-plan: the arguments cannot be read: /proc is not mounted\n")
    #expect(result.exitCode == 69)
  }
}
