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
  products: [.executable(name: "bypass-plan", targets: ["bypass-plan"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2")
  ],
  targets: [
    [.target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: strict)],
    room("Addresses"),
    room("Findings"),
    room("Ruleset", on: ["Addresses"]),
    room("Planning", on: ["Ruleset", "Findings"]),
    room("IdleTimeouts", on: ["Planning"]),
    room("Reports", on: ["Findings", "IdleTimeouts"]),
    [
      .executableTarget(
        name: "bypass-plan",
        dependencies: [
          "Reports", .product(name: "ArgumentParser", package: "swift-argument-parser"),
        ],
        swiftSettings: strict)
    ],
    room("RulesetText", on: ["Ruleset"]),
  ].flatMap(\.self)
)
