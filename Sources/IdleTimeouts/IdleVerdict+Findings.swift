public import Findings
import Planning

extension IdleVerdict {
  /// What is wrong or worth knowing about this endpoint's idle connections, the worst first.
  public var findings: [Finding] {
    let found = opening + seen + hidden + keepalives + closes + hangs + cuts
    return found.filter { $0.severity == .error } + found.filter { $0.severity == .warning }
      + found.filter { $0.severity == .info }
  }

  private func finding(
    _ code: Code, _ message: String, severity: Finding.Severity? = nil, fix: String? = nil
  ) -> Finding {
    Finding(code, message, severity: severity, fix: fix, object: "endpoint/\(name)")
  }

  private var bestFix: String? {
    remedies.first(where: \.holds).flatMap { $0.how(for: endpoint, library: library) }
  }

  private var opening: [Finding] {
    guard path.opening().cause == .protocolDetection else { return [] }
    return [
      finding(
        IdleCodes.serverFirst, "a new connection \(path.openingInWords).",
        fix: "declare the port's protocol: tcp or mysql")
    ]
  }

  private var seen: [Finding] {
    (evidence?.observations ?? []).compactMap { seen in
      let code: Code
      switch seen.kind {
      case .unanswered, .unopened: code = IdleCodes.unanswered
      case .forgotten: code = IdleCodes.forgotten
      case .mute: code = IdleCodes.serverFirst
      case .halfClosed, .closedByEnvoy, .unprobed, .probed: return nil
      }
      return finding(code, "seen on \(seen.connections): \(seen.meaning).", fix: bestFix)
    }
  }

  private var hidden: [Finding] {
    guard judgement.kind == .hidden, case .device(let index) = judgement.closer else { return [] }
    let device = path.devices[index]
    // A library that replaces the connection by itself leaves a stall, not an error.
    let severity: Finding.Severity? = verdict == .recovers ? .warning : nil
    let next = symptom == .nothing ? "" : "; next use: \(symptom)"
    var found: [Finding] = []
    if let sidecar = path.sidecar {
      found.append(
        finding(
          IdleCodes.forgotten,
          "\(device.name) forgets it after \(after), and Envoy's keepalive is "
            + "\(IdlePath.words(sidecar.upstreamKeepalive))\(next).", severity: severity,
          fix: bestFix))
      if sidecar.idleTimeout.span > Sidecar.defaultIdleTimeout.value {
        let limit = sidecar.idleTimeout == .off ? "off" : "\(sidecar.idleTimeout.span)"
        found.append(
          finding(
            IdleCodes.longerIsWorse,
            "idle_timeout \(limit) is above \(device.name)'s \(device.idleTimeout): the forgotten "
              + "connection stays in the pool longer than under Envoy's "
              + "\(Sidecar.defaultIdleTimeout.value)."))
      }
    } else {
      found.append(
        finding(
          IdleCodes.exclusionAlone,
          "exclusion alone does not help: \(device.name) forgets it after \(after), and the app's "
            + "keepalive is \(IdlePath.words(path.client.keepalive))\(next).", severity: severity,
          fix: bestFix))
    }
    return found
  }

  private var keepalives: [Finding] {
    path.devices.enumerated().compactMap { index, device in
      // A device that would not be first anyway needs no refreshing.
      let decides =
        device.idleTimeout <= path.heartbeat ?? .never && device.idleTimeout < judgement.after
      return switch path.refresh(of: device) {
      case .none, .sure: nil
      case .late(let end, let time):
        judgement.closer != .device(index)
          ? nil
          : finding(
            IdleCodes.lateKeepalive,
            "\(end.name)'s first probe comes after \(time), \(device.name) forgets after "
              + "\(device.idleTimeout).")
      case .thin(let end, let time):
        !decides
          ? nil
          : finding(
            IdleCodes.thinKeepalive,
            "\(end.name) probes after \(time); a lost probe and \(device.name) forgets after "
              + "\(device.idleTimeout).")
      }
    }
  }

  private var closes: [Finding] {
    var found: [Finding] = []
    if judgement.kind == .clean, verdict == .fails {
      let message =
        "\(path.name(of: judgement.closer)) closes it after \(after); next use: \(symptom)."
      found.append(finding(IdleCodes.closedUnseen, message, fix: bestFix))
    }
    if path.sidecar?.idleTimeout == .off, path.server.idleTimeout < path.client.retires {
      found.append(
        finding(
          IdleCodes.idleTimeoutOff,
          "the server closes after \(path.server.idleTimeout); Envoy keeps its half until the app "
            + "closes.", fix: "idle_timeout: 86400s"))
    }
    return found
  }

  private var hangs: [Finding] {
    guard judgement.kind == .hidden, path.client.readTimeout == .never,
      judgement.symptomStall != nil
    else { return [] }
    return [finding(IdleCodes.endlessHang, "no read timeout: the app waits \(judgement.stall).")]
  }

  private var cuts: [Finding] {
    guard let sidecar = path.sidecar else { return [] }
    var found: [Finding] = []
    if sidecar.maxConnectionDuration <= path.client.poolMaxLifetime,
      sidecar.maxConnectionDuration < .never
    {
      found.append(
        finding(
          IdleCodes.fixedAge,
          "cut after \(sidecar.maxConnectionDuration), and the pool keeps connections for "
            + (path.client.poolMaxLifetime == .never ? "ever." : "\(path.client.poolMaxLifetime)."))
      )
    }
    found.append(
      finding(
        IdleCodes.drain,
        "a push that changes its filter chain cuts it \(sidecar.drain) later, busy or not."))
    return found
  }
}
