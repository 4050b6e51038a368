import Addresses
import ArgumentParser

/// Which rules a command speaks of, and the pod they hold in.
struct SourceOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      Rules from elsewhere than the capture flags: a file ('-' is standard input), save:V4,V6, \
      manifest:FILE#Kind/name, netns:NAME, pid:N or pod:NAMESPACE/NAME.
      """, valueName: "source"))
  var rules: RulesSource?

  @OptionGroup(title: "Capture settings (without --rules)")
  var capture: CaptureOptions

  @Option(
    help: ArgumentHelp(
      "The pod's own addresses (repeatable, or separated by commas).", valueName: "address",
      visibility: .hidden))
  var localAddress: [AddressList] = []

  var localAddresses: [IPAddress] { localAddress.flatMap(\.addresses) }

  /// As a user would type it again.
  var asTyped: String {
    let words = [rules.map { "--rules \(CaptureOptions.quoted("\($0)"))" }, capture.asTyped]
    return words.compactMap(\.self).filter { !$0.isEmpty }.joined(separator: " ")
  }
}

/// `10.244.1.5,fd00::5`.
struct AddressList: ExpressibleByArgument {
  var addresses: [IPAddress]

  init?(argument: String) {
    let items = argument.split(separator: ",", omittingEmptySubsequences: false)
    addresses = items.compactMap { IPAddress($0) }
    guard addresses.count == items.count else { return nil }
  }
}
