# One machine, told by its folder and its control groups: no pid is needed to know whether it runs.
require "fileutils"

require_relative "box"
require_relative "settings"

module Nspawn
  class Machine
    PROPAGATE = "/run/systemd/nspawn/propagate".freeze # systemd-nspawn's own, which it leaves when it's killed
    GRACE = 60 # seconds in which what runs inside may begin, or end

    def initialize(machine)
      @machine = machine
      @settings = Settings.read
    end

    def address
      _, options = @machine.config.vm.networks.find { |kind, options| kind == :private_network && options[:ip] }
      options[:ip]
    end

    def state
      return :not_created unless File.directory?(root)

      processes.empty? ? :poweroff : :running
    end

    def create
      Box.new(@settings, address).unpack(root)
      @machine.id = @settings.machine
    end

    # In control groups of its own from the start: by them it's ended, and two machines of one group would meet.
    def boot
      FileUtils.mkdir_p(@settings.groups)
      enter = 'for group in "$@"; do [ "$group" = -- ] && break; echo $$ > "$group/cgroup.procs"; shift; done; shift; '
      log = @machine.data_dir.join("console.log").to_s
      pid = Process.spawn(
        { "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY" => "1" },
        "sh", "-euc", "#{enter}exec \"$@\"", "sh", *@settings.groups, "--", *nspawn,
        in: "/dev/null", out: log, err: log, pgroup: true
      )
      Process.detach(pid)
      # From here on it counts as running.
      wait_until("#{@settings.machine} doesn't start, see #{log}") { processes.any? }
    end

    def destroy
      wait_until("#{@settings.machine} doesn't end") { processes.each { |pid| kill(pid) }.empty? }
      FileUtils.rm_rf([root, "#{PROPAGATE}/#{@settings.machine}"])
      @settings.groups.each { |group| remove(group) }
      @machine.id = nil
    end

    private

    def root
      File.join(@settings.folder, "root")
    end

    def nspawn
      ["systemd-nspawn", "--quiet", "--settings=no", "--boot", "--register=no", "--keep-unit", "--directory=#{root}",
       "--machine=#{@settings.machine}", "--network-bridge=#{@settings.bridge}", "--link-journal=no",
       "--resolv-conf=off", "--timezone=off", "--console=pipe"]
    end

    def processes
      Dir.glob(@settings.groups.map { |group| "#{group}/**/cgroup.procs" }).flat_map do |path|
        File.readlines(path).map(&:to_i)
      rescue SystemCallError # a group that went away meanwhile
        []
      end.uniq - [0]
    end

    def wait_until(otherwise)
      limit = now + GRACE
      until yield
        raise otherwise if now > limit

        sleep 0.1
      end
    end

    def now
      Process.clock_gettime(Process::CLOCK_MONOTONIC)
    end

    def kill(pid)
      Process.kill("KILL", pid)
    rescue Errno::ESRCH
      nil
    end

    def remove(group)
      Dir.glob("#{group}/**/").sort.reverse_each { |folder| Dir.rmdir(folder) }
    end
  end
end
