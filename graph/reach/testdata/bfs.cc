// The yardstick of BenchmarkBlastPeer: a search in breadth that changes its
// direction (Beamer, Asanović, Patterson, 2012), one thread, as plain as C++ goes.
// It writes a parent per node. It knows no kinds, grades, levels or cuts.
//
//	bfs GRAPH SOURCE...
//
// GRAPH: n and m as 64 bits, then starts (n+1) and ends (m) of the edges out, then
// of those in, all 32 bits. It prints the CPU milliseconds and the nodes reached
// for each source.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <vector>

struct Rows { std::vector<uint32_t> starts, ends; };

static void load(FILE *f, Rows &r, uint64_t n, uint64_t m) {
	r.starts.resize(n + 1);
	r.ends.resize(m);
	if (fread(r.starts.data(), 4, n + 1, f) != n + 1 || fread(r.ends.data(), 4, m, f) != m) exit(2);
}

static double now() {
	timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

struct Bits {
	std::vector<uint64_t> w;
	explicit Bits(uint64_t n) : w((n + 63) / 64) {}
	bool has(uint32_t i) const { return w[i >> 6] >> (i & 63) & 1; }
	void set(uint32_t i) { w[i >> 6] |= 1ull << (i & 63); }
	void clear() { for (auto &x : w) x = 0; }
};

static uint64_t bfs(const Rows &out, const Rows &in, uint32_t n, uint32_t source) {
	std::vector<int32_t> parent(n, -1);
	std::vector<uint32_t> front{source}, next;
	Bits now(n), then(n);
	parent[source] = source;
	uint64_t reached = 1;
	int64_t left = out.ends.size(), ahead = out.starts[source + 1] - out.starts[source];
	while (!front.empty()) {
		if (ahead > left / 15) {
			now.clear();
			for (uint32_t v : front) now.set(v);
			uint64_t awake = front.size(), before;
			do {
				before = awake;
				awake = 0;
				then.clear();
				for (uint32_t v = 0; v < n; v++) {
					if (parent[v] >= 0) continue;
					for (uint32_t i = in.starts[v]; i < in.starts[v + 1]; i++) {
						if (now.has(in.ends[i])) {
							parent[v] = in.ends[i];
							then.set(v);
							awake++;
							break;
						}
					}
				}
				reached += awake;
				std::swap(now, then);
			} while (awake >= before || awake > n / 18);
			front.clear();
			for (uint32_t v = 0; v < n; v++)
				if (now.has(v)) front.push_back(v);
			ahead = 1;
			continue;
		}
		left -= ahead;
		ahead = 0;
		next.clear();
		for (uint32_t v : front)
			for (uint32_t i = out.starts[v]; i < out.starts[v + 1]; i++) {
				uint32_t to = out.ends[i];
				if (parent[to] >= 0) continue;
				parent[to] = v;
				next.push_back(to);
				ahead += out.starts[to + 1] - out.starts[to];
			}
		reached += next.size();
		std::swap(front, next);
	}
	return reached;
}

int main(int argc, char **argv) {
	FILE *f = argc > 1 ? fopen(argv[1], "rb") : nullptr;
	uint64_t head[2];
	if (!f || fread(head, 8, 2, f) != 2) return 2;
	Rows out, in;
	load(f, out, head[0], head[1]);
	load(f, in, head[0], head[1]);
	for (int i = 2; i < argc; i++) {
		double at = now();
		uint64_t reached = bfs(out, in, head[0], strtoul(argv[i], nullptr, 10));
		printf("%.3f %lu\n", now() - at, (unsigned long)reached);
	}
}
