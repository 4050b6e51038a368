import CFuzzer
import Glibc

/// Runs libFuzzer, whose options are the arguments, on the target that `FUZZ_TARGET` names.
@main
enum Fuzz {
  /// libFuzzer's callback takes no context.
  nonisolated private static let target: Target? = getenv("FUZZ_TARGET").flatMap {
    Target(rawValue: String(cString: $0))
  }

  static func main() {
    guard target != nil else {
      let names = Target.allCases.map(\.rawValue).joined(separator: ", ")
      print("FUZZ_TARGET is none of \(names)")
      exit(64)
    }
    var count = CommandLine.argc
    var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
    exit(
      withUnsafeMutablePointer(to: &arguments) { arguments in
        LLVMFuzzerRunDriver(&count, arguments) { start, count in
          Fuzz.target?.take(UnsafeRawBufferPointer(start: start, count: count))
          return 0
        }
      })
  }
}

/// What libFuzzer's own `main` would call; ours names the function itself.
@_cdecl("LLVMFuzzerTestOneInput")
public func neverCalled(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt { 0 }
