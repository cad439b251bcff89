# How programs of one file are made of the engine's debug build, `swift build --target Player`; read by the scripts that do so.

# engine_program FILE PROGRAM
engine_program() { swiftc "${engine_options[@]}" "$1" "${engine_objects[@]}" -o "$2"; }

engine_bin=$(swift build --show-bin-path)
engine_objects=()
for module in Autodiff Objectives Documents Formulas Recording Simulation Plots Reporting Diagnosis Quiz Debugging Player; do
  while IFS= read -r object; do engine_objects+=("$object"); done < <(find "$engine_bin/$module.build" -name '*.o')
done
engine_options=(-swift-version 6 -warnings-as-errors -I "$engine_bin/Modules")
if sdk=$(xcrun --show-sdk-path 2>/dev/null); then engine_options+=(-sdk "$sdk"); else engine_options+=(-lm); fi
