import Glibc

/// The target that the environment names (`FUZZ_TARGET`); libFuzzer's own options are its arguments.
private let target: Target = {
  let name = getenv("FUZZ_TARGET").map { String(cString: $0) } ?? ""
  guard let target = Target(rawValue: name) else {
    let names = Target.allCases.map(\.rawValue).joined(separator: ", ")
    print("FUZZ_TARGET is '\(name)'; expected one of \(names)")
    exit(64)
  }
  return target
}()

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  target.take(UnsafeRawBufferPointer(start: start, count: count))
  return 0
}
