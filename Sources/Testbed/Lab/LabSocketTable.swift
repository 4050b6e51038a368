internal import Addresses
internal import IdleTimeouts
internal import LiveKernel
internal import Ruleset

/// The sockets of a scenario's connections in the pod: what `netstat -tno` shows there.
struct LabSocketTable {
  private(set) var sockets: [LabResult.PodSocket] = []

  init(_ network: LabNetwork, _ scenario: LabScenario, _ rules: LabRules) throws(TestbedError) {
    let all: [Socket]
    do {
      all = try network.pod.readSockets()
    } catch {
      throw .kernel(error)
    }
    let open = all.filter { $0.state == .established }
    func add(_ socket: Socket) {
      sockets.append(
        LabResult.PodSocket(
          holder: socket.uid == rules.proxy.uid ? "envoy" : "app", local: socket.local,
          remote: socket.remote, timer: socket.timer))
    }
    for connection in scenario.connections {
      let server = Socket.Address(
        LabNetwork.serverAddress(connection.route), port: connection.server.port)
      let toServer = open.filter { $0.remote == server }
      for app in toServer where app.uid != rules.proxy.uid {
        add(app)
        // Envoy's other end of the application's connection.
        open.filter { $0.remote == app.local }.forEach(add)
      }
      toServer.filter { $0.uid == rules.proxy.uid }.forEach(add)
    }
  }
}
