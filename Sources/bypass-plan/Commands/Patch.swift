import ArgumentParser
import Istio
import Manifests
import Reports

struct Patch: Command {
  static let configuration = CommandConfiguration(
    commandName: "patch",
    abstract: "Sets traffic annotations in a manifest, in place.",
    discussion: """
      Prints what would change as a diff; --write changes the file. Comments, order and formatting \
      stay. An annotation is replaced, not added to. What the webhook would refuse is not written.
      """)

  @Argument(help: "A manifest, YAML or JSON.")
  var file: String

  @Option(help: ArgumentHelp("Which workload, where there are several.", valueName: "Kind/name"))
  var object: String?

  @Flag(help: "Writes the file; without it only the diff is shown.")
  var write = false

  @OptionGroup(title: "Annotations") var capture: CaptureOptions

  func validate() throws {
    if capture.annotations.isEmpty {
      throw ValidationError("Which annotations? Give --exclude-ports or another capture flag.")
    }
    if capture.saysMoreThanAnnotations {
      throw ValidationError("Only flags that stand for an annotation can be written.")
    }
  }

  func answer() throws {
    let pod = try capture.pod(in: MeshValues())
    if let refusal = SidecarCapture.refusals(
      of: pod, version: capture.istioVersion, install: capture.install
    ).first {
      throw UnusableInput("\(refusal)")
    }
    let bytes = try Files.read(file)
    let edit = AnnotationEdit(
      capture.annotations.map { AnnotationEdit.Value($0.setting.annotation, $0.value) })
    let patched: [UInt8]
    do {
      patched = try edit.applied(to: bytes, object: object)
    } catch {
      throw UnusableInput("\(file): \(error)")
    }
    Output.write(
      LineDiff.unified(
        String(decoding: bytes, as: UTF8.self), String(decoding: patched, as: UTF8.self),
        file: file))
    if write, patched != bytes { try Files.replace(file, with: patched) }
  }
}

extension CaptureOptions {
  /// Flags that no annotation of its own stands for.
  fileprivate var saysMoreThanAnnotations: Bool {
    config != nil || values != nil || dnsCapture || dnsServers != nil || dropInvalid || ipv6
      || proxyUid != nil || proxyGid != nil || ownerGroups != nil || excludeOwnerGroups != nil
  }
}
