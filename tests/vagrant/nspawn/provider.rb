# What Vagrant asks of a provider: its actions, the machine's state, and how to log in.
require_relative "machine"

module Nspawn
  Builtin = Vagrant::Action::Builtin

  # One thing that the machine does, as a step of an action.
  class Step
    def initialize(app, _env, what)
      @app = app
      @what = what
    end

    def call(env)
      env[:ui].info("nspawn: #{@what}")
      env[:machine].provider.driver.public_send(@what)
      @app.call(env)
    end
  end

  # Each method returns the steps of the action of its name. Steps before `boot` go on once the machine answers.
  module Actions
    module_function

    def up
      build do |steps|
        steps.use Builtin::ConfigValidate
        steps.use(Builtin::Call, Builtin::IsState, :not_created) { |env, more| more.use Step, :create if env[:result] }
        steps.use(Builtin::Call, Builtin::IsState, :running) { |env, more| more.use started unless env[:result] }
      end
    end

    def started
      build do |steps|
        [Builtin::Provision, Builtin::SyncedFolderCleanup, Builtin::SyncedFolders, Builtin::SetHostname].each do |one|
          steps.use one
        end
        steps.use Step, :boot
        steps.use Builtin::WaitForCommunicator, [:running]
      end
    end

    def provision
      build do |steps|
        steps.use Builtin::ConfigValidate
        steps.use Builtin::Provision
      end
    end

    def destroy
      build do |steps|
        steps.use Builtin::Call, Builtin::DestroyConfirm do |env, more|
          more.use Builtin::ProvisionerCleanup, :before if env[:result]
          more.use Step, :destroy if env[:result]
        end
      end
    end

    def ssh
      build { |steps| steps.use Builtin::SSHExec }
    end

    def ssh_run
      build { |steps| steps.use Builtin::SSHRun }
    end

    def build
      Vagrant::Action::Builder.new.tap { |steps| yield steps }
    end
  end

  class Provider < Vagrant.plugin("2", :provider)
    ACTIONS = %i[destroy provision ssh ssh_run up].freeze

    attr_reader :driver

    def initialize(machine)
      @driver = Machine.new(machine)
    end

    def action(name)
      Actions.public_send(name) if ACTIONS.include?(name)
    end

    def state
      id = @driver.state
      Vagrant::MachineState.new(id, id.to_s, id.to_s)
    end

    def ssh_info
      { host: @driver.address, port: 22 } if @driver.state == :running
    end

    def to_s
      "nspawn"
    end
  end
end
