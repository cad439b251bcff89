import Foundation
import Testing

@testable import Training

@Suite struct InterruptionTests {
  // In a process of its own: other tests train meanwhile, and would stop.
  @Test func aSignalBecomesAFlag() async {
    await #expect(processExitsWith: .success) {
      Interruption.watch()
      #expect(!Interruption.isRequested)
      send(SIGTERM) { Interruption.isRequested }
      #expect(Interruption.isRequested)
      #expect(Interruption.signalNumber == SIGTERM)
      Interruption.watch()
      #expect(!Interruption.isRequested)
    }
  }

  @Test func theSecondSignalEndsTheProgram() async {
    await #expect(processExitsWith: .exitCode(128 + SIGINT)) {
      Interruption.watch()
      send(SIGINT) { Interruption.isRequested }
      send(SIGINT) { false }
    }
  }
}

/// Sends a signal to the whole process, since the threads of tests block signals, and waits a while for what it does.
private func send(_ number: Int32, until condition: () -> Bool) {
  kill(getpid(), number)
  for _ in 0..<2000 where !condition() { usleep(1000) }
}
