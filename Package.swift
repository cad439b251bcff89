// swift-tools-version: 6.2
import PackageDescription

// The engine: these import nothing but each other, so that they also compile as Embedded Swift for a web page.
let engine: [Target] = [
  // In a debug build a square root calls the C library's; a program that imports no Foundation would not link it.
  .target(name: "Autodiff", linkerSettings: [.linkedLibrary("m", .when(platforms: [.linux]))]),
  .target(name: "Objectives", dependencies: ["Autodiff"]),
  .target(name: "Documents"),
  .target(name: "Formulas", dependencies: ["Autodiff", "Documents"]),
  .target(name: "Recording", dependencies: ["Autodiff", "Documents", "Formulas"]),
  .target(name: "Simulation", dependencies: ["Autodiff", "Objectives", "Documents", "Recording"]),
  .target(
    name: "Plots", dependencies: ["Autodiff", "Objectives", "Documents", "Formulas", "Recording", "Simulation"]),
  .target(
    name: "Reporting",
    dependencies: ["Autodiff", "Objectives", "Documents", "Formulas", "Recording", "Simulation", "Plots"]),
  .target(
    name: "Diagnosis",
    dependencies: ["Autodiff", "Objectives", "Documents", "Formulas", "Recording", "Simulation", "Reporting"]),
  .target(
    name: "Quiz",
    dependencies: [
      "Autodiff", "Objectives", "Documents", "Formulas", "Recording", "Simulation", "Reporting",
      "Diagnosis",
    ]),
  .target(
    name: "Debugging",
    dependencies: [
      "Autodiff", "Objectives", "Documents", "Formulas", "Recording", "Simulation", "Plots", "Reporting",
      "Diagnosis", "Quiz",
    ]),
  .target(
    name: "Player",
    dependencies: [
      "Autodiff", "Objectives", "Documents", "Formulas", "Recording", "Simulation", "Plots", "Reporting",
      "Diagnosis", "Quiz", "Debugging",
    ]),
]

// Debian's libzmq.pc wants Kerberos's headers, by flags that SwiftPM warns of; ZeroMQ's own are where compilers look.
#if os(Linux)
  let zeroMQ: String? = nil
#else
  let zeroMQ: String? = "libzmq"
#endif

let systemLibraries: [Target] = [
  .systemLibrary(
    name: "CGraphviz", pkgConfig: "libgvc",
    providers: [.apt(["libgraphviz-dev"]), .brew(["graphviz"])]),
  .systemLibrary(
    name: "CEdit", pkgConfig: "libedit",
    providers: [.apt(["libedit-dev"]), .brew(["libedit"])]),
  .systemLibrary(
    name: "CZlib", pkgConfig: "zlib",
    providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
  // Only with the trait MPI.
  .systemLibrary(
    name: "CMPI", pkgConfig: "ompi-c",
    providers: [.apt(["libopenmpi-dev"]), .brew(["open-mpi"])]),
  // For the trait `Jupyter` alone.
  .systemLibrary(
    name: "CZeroMQ", pkgConfig: zeroMQ,
    providers: [.apt(["libzmq3-dev"]), .brew(["zeromq"])]),
]

// Real transformers, trained with the engine's objectives.
let training: [Target] = [
  // Optimised in debug builds too: tests train real models, and the same code gives the same bits.
  .target(name: "CKernels", cSettings: [.unsafeFlags(["-O3"])]),
  .target(name: "Transformers", dependencies: ["Autodiff", "CKernels"]),
  // Several processes that train together.
  .target(
    name: "Distribution", dependencies: ["Transformers", .target(name: "CMPI", condition: .when(traits: ["MPI"]))]),
  // Lessons, tours, the page and the Python of `integrations/trl-export`, within the program.
  .target(
    name: "CEmbedded", exclude: ["page"],
    cSettings: Context.gitInformation.map { [.define("GRADUS_COMMIT", to: "\"\($0.currentCommit.prefix(7))\"")] }),
  .target(
    name: "Training",
    dependencies: [
      "CEmbedded", "CZlib", "Autodiff", "Objectives", "Documents", "Simulation", "Plots", "Diagnosis", "Transformers",
      "Formats",
    ]),
]

let edges: [Target] = [
  .target(name: "Graphviz", dependencies: ["CGraphviz"]),
  .target(name: "Formats", dependencies: ["Documents", .product(name: "Yams", package: "Yams")]),
  .target(
    name: "Notebooks",
    dependencies: [
      "CEmbedded", "Documents", "Formulas", "Recording", "Simulation", "Plots", "Reporting", "Quiz", "Debugging",
    ]),
  .target(
    name: "JupyterKernel",
    dependencies: [
      "Notebooks", "Debugging", "Documents", "Reporting", "Formats",
      .target(name: "CZeroMQ", condition: .when(traits: ["Jupyter"])),
    ]),
  .target(name: "WebPage", dependencies: ["CEmbedded", "CZlib", "Documents", "Formats", "Formulas", "Reporting"]),
  .executableTarget(
    name: "gradus",
    dependencies: [
      "CEmbedded", "Autodiff", "Objectives", "Documents", "Recording", "Simulation", "Plots", "Reporting", "Diagnosis",
      "Quiz",
      "Debugging", "Graphviz", "Formats", "CEdit", "Notebooks", "JupyterKernel", "WebPage", "Player", "Transformers",
      "Training", "Distribution",
      .product(name: "ArgumentParser", package: "swift-argument-parser"),
      .product(name: "Rainbow", package: "Rainbow"),
    ]),
]

let benchmarks: [Target] = [
  .executableTarget(
    name: "gradus-bench",
    dependencies: [
      "Autodiff", "Objectives", "Documents", "Recording", "Reporting", "Simulation", "Transformers", "Training",
      "Distribution",
    ], exclude: ["Benchmarks"])
]

let tests: [Target] = [
  .testTarget(name: "AutodiffTests", dependencies: ["Autodiff"]),
  .testTarget(name: "ObjectivesTests", dependencies: ["Objectives"]),
  .testTarget(name: "DocumentsTests", dependencies: ["Documents"]),
  .testTarget(name: "FormulasTests", dependencies: ["Formulas"]),
  .testTarget(name: "RecordingTests", dependencies: ["Recording", "Formulas"]),
  .testTarget(
    name: "SimulationTests", dependencies: ["Simulation", "Formats", "Reporting"], resources: [.copy("Oracles")]),
  .target(name: "Goldens", path: "Tests/Goldens"),
  .target(
    name: "FuzzReaders",
    dependencies: [
      "Debugging", "Documents", "Formats", "JupyterKernel", "Notebooks", "Player", "Recording", "Reporting",
      "Simulation", "Training",
    ], path: "Tests/FuzzReaders"),
  .testTarget(name: "FuzzingTests", dependencies: ["FuzzReaders"], resources: [.copy("Inputs")]),
  .target(name: "SmallBatches", dependencies: ["Objectives", "Simulation"], path: "Tests/SmallBatches"),
  .testTarget(
    name: "PlotsTests",
    dependencies: ["Goldens", "Plots", "Debugging", "Documents", "Objectives", "Recording", "Simulation"],
    exclude: ["Golden"]),
  .testTarget(
    name: "DiagnosisTests", dependencies: ["Diagnosis", "SmallBatches"], resources: [.copy("Field"), .copy("Runs")]),
  .testTarget(name: "QuizTests", dependencies: ["Quiz"]),
  .testTarget(name: "DebuggingTests", dependencies: ["Debugging", "SmallBatches"]),
  .testTarget(
    name: "PlayerTests",
    dependencies: [
      "Player", "Diagnosis", "Documents", "Formulas", "Objectives", "Recording", "Simulation", "Plots", "Reporting",
    ]),
  .testTarget(
    name: "ReportingTests",
    dependencies: [
      "Goldens", "SmallBatches", "Reporting", "Plots", "Formulas", "Objectives", "Recording", "Simulation",
    ],
    exclude: ["Golden"]),
  .testTarget(name: "GraphvizTests", dependencies: ["Graphviz"]),
  .testTarget(
    name: "FormatsTests", dependencies: ["Formats", "Documents"],
    resources: [.copy("Tokenizers"), .copy("Templates"), .copy("GGUF")]),
  .testTarget(
    name: "NotebooksTests",
    dependencies: ["Notebooks", "Debugging", "Documents", "Objectives", "Recording", "Reporting", "Simulation"]),
  .testTarget(name: "JupyterKernelTests", dependencies: ["JupyterKernel", "Notebooks", "Debugging", "Documents"]),
  .testTarget(name: "WebPageTests", dependencies: ["WebPage"]),
  .testTarget(name: "TransformersTests", dependencies: ["Transformers", "Autodiff"]),
  .testTarget(
    name: "TrainingTests",
    dependencies: [
      "Training", "Transformers", "Formats", "Autodiff", "Objectives", "Simulation", "Recording", "Plots",
    ],
    resources: [.copy("Models")]),
  .testTarget(
    name: "CommandTests",
    dependencies: [
      "gradus", "Documents", "Recording", "Simulation", "Reporting", "Diagnosis", "Debugging", "Graphviz",
      "Formats", "Notebooks", "Training", "WebPage",
    ],
    exclude: ["Golden"]),
  .testTarget(
    name: "PageTests",
    dependencies: ["gradus", "Documents", "Notebooks", "Simulation", "Training", "Transformers"]),
  .testTarget(
    name: "DocumentationTests",
    dependencies: [
      "Autodiff", "Objectives", "Documents", "Formulas", "Recording", "Simulation", "Plots", "Reporting", "Diagnosis",
      "Quiz", "Debugging", "Graphviz", "Formats", "Notebooks", "JupyterKernel", "WebPage", "Transformers",
      "Distribution", "Training",
    ]),
]

// Links libFuzzer, which only `Scripts/fuzz.sh` asks the compiler for.
let fuzzing: [Target] =
  Context.environment["GRADUS_FUZZING"] == nil
  ? []
  : [
    .systemLibrary(name: "CFuzzing", path: "Tests/Fuzzing/CFuzzing"),
    .executableTarget(
      name: "gradus-fuzz", dependencies: ["CFuzzing", "FuzzReaders"], path: "Tests/Fuzzing", exclude: ["CFuzzing"]),
  ]

let package = Package(
  name: "gradus",
  platforms: [.macOS(.v15)],
  products: [
    .executable(name: "gradus", targets: ["gradus"]),
    .library(name: "GradusEngine", targets: engine.map(\.name)),
  ],
  traits: [
    .trait(name: "MPI", description: "Training on several machines, `mpirun … gradus train`; needs Open MPI"),
    .trait(name: "Jupyter", description: "The Jupyter kernel, `gradus kernel`; needs ZeroMQ"),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    .package(url: "https://github.com/onevcat/Rainbow", from: "4.2.2"),
  ],
  targets: engine + systemLibraries + training + edges + benchmarks + tests + fuzzing,
  swiftLanguageModes: [.v6]
)

for target in package.targets where target.type != .system {
  target.swiftSettings = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
  ]
}
// Whatever could read or write memory that is not its own has to be marked with `unsafe`: one struct of the tape.
for target in engine { target.swiftSettings?.append(.strictMemorySafety()) }
// These start programs and compute little: optimising them would take longer than they run.
for target in tests where ["CommandTests", "PageTests"].contains(target.name) {
  target.swiftSettings?.append(.unsafeFlags(["-Onone"]))
}
