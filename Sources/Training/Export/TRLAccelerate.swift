/// `accelerate.yaml`: on how many GPUs an export is trained.
enum TRLAccelerate {
  static func yaml(batchSize: Int) -> String {
    let processes = batchSize % 2 == 0 ? 2 : 1
    return """
      # For `accelerate launch --config_file accelerate.yaml`: each GPU of one machine takes its share of every batch.
      compute_environment: LOCAL_MACHINE
      distributed_type: \(processes > 1 ? "MULTI_GPU" : "\"NO\"")  # "NO" for one GPU
      num_processes: \(processes)            # how many GPUs; a divisor of per_device_train_batch_size in config.yaml
      num_machines: 1
      machine_rank: 0
      gpu_ids: all
      mixed_precision: "no"       # bf16 and fp16 are set in config.yaml
      use_cpu: false
      main_training_function: main

      """
  }
}
