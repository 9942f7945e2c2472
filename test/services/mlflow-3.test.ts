import { MLFLOW_3 } from '../../scripts/service-tools.ts';
import { mlflowService } from '../support/mlflow-service.ts';

mlflowService(MLFLOW_3);
