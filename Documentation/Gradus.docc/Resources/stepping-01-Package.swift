// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "MyLesson",
  platforms: [.macOS(.v15)],
  dependencies: [.package(path: "../gradus")],
  targets: [
    .executableTarget(name: "MyLesson", dependencies: [.product(name: "GradusEngine", package: "gradus")])
  ]
)
