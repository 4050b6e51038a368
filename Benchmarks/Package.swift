// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
]

/// The figures bypass-plan is held to, each beside a peer in the same run. `tools/bench` builds and runs it.
let package = Package(
  name: "Benchmarks",
  platforms: [.macOS(.v15)],
  dependencies: [.package(name: "bypass-plan", path: "..")],
  targets: [
    .executableTarget(
      name: "Bench",
      dependencies: ["CPeers", .product(name: "BypassPlanRooms", package: "bypass-plan")],
      swiftSettings: strict),
    // The peers in C: a chain's interpreter, the redirect set in BuDDy, a namespace of one's own.
    .target(
      name: "CPeers", cSettings: [.unsafeFlags(["-O3"])], linkerSettings: [.linkedLibrary("bdd")]),
    // The least program that reads all rules through libnftnl; a process of its own.
    .executableTarget(
      name: "NFTDump",
      cSettings: [.unsafeFlags(["-O3"])],
      linkerSettings: [.linkedLibrary("nftnl"), .linkedLibrary("mnl")]),
  ]
)
