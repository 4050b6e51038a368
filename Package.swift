// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
]

/// A room of the house: one library target and its tests.
func room(_ name: String, on below: [Target.Dependency] = [], tests: [Target.Dependency] = [])
  -> [Target]
{
  [
    .target(name: name, dependencies: below, swiftSettings: strict),
    .testTarget(
      name: "\(name)Tests",
      dependencies: [.target(name: name), "TestSupport"] + tests,
      swiftSettings: strict),
  ]
}

let package = Package(
  name: "bypass-plan",
  platforms: [.macOS(.v15)],
  products: [
    .executable(name: "bypass-plan", targets: ["bypass-plan"]),
    // For the packages beside this one, Benchmarks and tools/fuzzing.
    .library(name: "BypassPlanRooms", targets: ["Planning", "LiveKernel", "Probes"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2")
  ],
  targets: [
    [
      .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: strict),
      .systemLibrary(
        name: "CYaml", path: "Sources/CYaml", pkgConfig: "yaml-0.1",
        providers: [.apt(["libyaml-dev"])]),
      .systemLibrary(name: "CMnl", pkgConfig: "libmnl", providers: [.apt(["libmnl-dev"])]),
      .systemLibrary(name: "CNftnl", pkgConfig: "libnftnl", providers: [.apt(["libnftnl-dev"])]),
      .target(name: "CKernel"),
    ],
    room("Addresses"),
    room("Documents", on: ["CYaml"]),
    room("Findings"),
    room("Ruleset", on: ["Addresses"]),
    room("RulesetText", on: ["Ruleset", "Documents"]),
    room("PacketPath", on: ["Ruleset"], tests: ["RulesetText", "Istio"]),
    room("FlowSets", on: ["Ruleset"], tests: ["RulesetText", "PacketPath", "Istio"]),
    room(
      "LiveKernel", on: ["Ruleset", "CMnl", "CNftnl", "CKernel"], tests: ["RulesetText", "Istio"]),
    room("Istio", on: ["RulesetText"]),
    room("Probes", on: ["PacketPath", "Documents"]),
    room("Answers", on: ["Probes", "FlowSets"], tests: ["Istio"]),
    room("Planning", on: ["Istio", "Probes", "FlowSets", "Findings"]),
    room("Manifests", on: ["Planning"], tests: ["PacketPath"]),
    room("IdleTimeouts", on: ["Manifests"]),
    room(
      "Testbed", on: ["LiveKernel", "IdleTimeouts", "CKernel"],
      tests: ["RulesetText", "Istio", "FlowSets", "Answers", "Reports", "bypass-plan"]),
    room(
      "Audit", on: ["LiveKernel", "Planning", "Manifests", "Answers"],
      tests: ["Istio", "bypass-plan"]),
    room("Reports", on: ["Testbed", "IdleTimeouts", "Manifests", "Answers", "Audit"]),
    [
      .executableTarget(
        name: "bypass-plan",
        dependencies: [
          "Reports", "LiveKernel", "Manifests", "Audit",
          .product(name: "ArgumentParser", package: "swift-argument-parser"),
        ],
        swiftSettings: strict),
      .testTarget(
        name: "GoldenTests", dependencies: ["TestSupport", "bypass-plan", "Findings"],
        swiftSettings: strict),
    ],
  ].flatMap(\.self)
)
