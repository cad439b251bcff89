// MPI's macros and globals as functions, which Swift can call. Errors are returned instead of ending the program, since
// a run first saves what it can.
#pragma once
#include <mpi.h>

// Begins with the rank's number, how many there are, and how many of them share this machine's memory. Messages may be
// sent by any thread, one at a time.
static inline int gradus_mpi_start(int *rank, int *count, int *neighbours) {
  int provided = 0;
  int result = MPI_Init_thread(NULL, NULL, MPI_THREAD_SERIALIZED, &provided);
  if (result != MPI_SUCCESS) return result;
  if (provided < MPI_THREAD_SERIALIZED) return MPI_ERR_OTHER;
  MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
  MPI_Comm_rank(MPI_COMM_WORLD, rank);
  MPI_Comm_size(MPI_COMM_WORLD, count);
  MPI_Comm machine;
  result = MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, *rank, MPI_INFO_NULL, &machine);
  if (result != MPI_SUCCESS) return result;
  MPI_Comm_size(machine, neighbours);
  return MPI_Comm_free(&machine);
}

static inline int gradus_mpi_finish(void) { return MPI_Finalize(); }

static inline void gradus_mpi_abort(int code) { MPI_Abort(MPI_COMM_WORLD, code); }

// The following begin something that `gradus_mpi_test` says the end of.

static inline int gradus_mpi_sum(float *numbers, int count, MPI_Request *request) {
  return MPI_Iallreduce(MPI_IN_PLACE, numbers, count, MPI_FLOAT, MPI_SUM, MPI_COMM_WORLD, request);
}

static inline int gradus_mpi_gather_lengths(const int *own, int *all, MPI_Request *request) {
  return MPI_Iallgather(own, 1, MPI_INT, all, 1, MPI_INT, MPI_COMM_WORLD, request);
}

static inline int gradus_mpi_gather(
    const void *own, int length, void *all, const int *lengths, const int *starts, MPI_Request *request) {
  return MPI_Iallgatherv(own, length, MPI_BYTE, all, lengths, starts, MPI_BYTE, MPI_COMM_WORLD, request);
}

static inline int gradus_mpi_test(MPI_Request *request, int *is_done) {
  return MPI_Test(request, is_done, MPI_STATUS_IGNORE);
}

// The text of an error code; returns its length.
static inline int gradus_mpi_error(int code, char text[MPI_MAX_ERROR_STRING]) {
  int length = 0;
  return MPI_Error_string(code, text, &length) == MPI_SUCCESS ? length : 0;
}
